// The families of substitutes, in the order in which they are asked.
import type { Substitute } from './substitute.js'

export const SUBSTITUTES: readonly Substitute[] = []
