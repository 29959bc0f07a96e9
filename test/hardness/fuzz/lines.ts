// Command lines of all tools, mutated.
import type { Room } from './room.js'

export const lines: Room = {
  name: 'lines',
  about: 'command lines of every tool, made from known good ones',
  batch: 200,
  open: async () => ({ run: async () => [], close: async () => [] }),
}
