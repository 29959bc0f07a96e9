// What the learner should know of the records before anything else: nowhere to write, a file that was set aside.
import type { Progress } from '../lesson/progress/progress.js'
import { message } from './streams.js'

export function tellOf({ memoryOnly, notices }: Progress): void {
  for (const text of memoryOnly === null ? notices : [memoryOnly, ...notices]) message(`netlab: ${text}`)
}
