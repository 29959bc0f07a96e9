// Proves a lesson: its files are right, every goal fails before its solution and passes after it, and the prose shows the truth.
import type { Located } from './load.js'

/** Every error found in a lesson's folder; empty = proved. */
export async function validateLesson(_folder: string): Promise<Located[]> {
  throw new Error('not built yet')
}
