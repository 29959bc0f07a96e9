// 9: a cloud of a thousand compute nodes.
import type { Benchmark } from './report.js'

export const scale: Benchmark = { name: 'scale-1000', run: async () => [] }
