// Proves a lesson: its files are right, every goal fails before its solution and passes after it, and the prose shows the truth.
import type { Problem } from '../scenario/problem.js'

/** Every error found in a lesson's folder; empty = proved. */
export async function validateLesson(_folder: string): Promise<Problem[]> {
  throw new Error('not built yet')
}
