// Waiting, in free time, for a shell to be back at its prompt.
import type { DriveEnd } from './clockwork.js'
import type { LabShell } from './lab-shell.js'

/** A session on another machine that says nothing for so long has nothing to say. */
const QUIET_US = 2_000_000

export interface FreeTime {
  nowUs(): number
  drive(isReady: () => boolean): Promise<DriveEnd>
  /** Carries out what a word of `lab` asked for when it ended (undo, reset). */
  settle(): Promise<void>
}

/** False when it did not come. */
export async function untilPrompt(shell: LabShell, time: FreeTime): Promise<boolean> {
  let heardUs = time.nowUs()
  const deafen = shell.onOutput(() => {
    heardUs = time.nowUs()
  })
  const isReady = (): boolean => shell.isClosed || !shell.isBusy || (time.nowUs() - heardUs > QUIET_US && shell.isElsewhere)
  let end = await time.drive(isReady)
  await time.settle()
  // After a reset the shell logs in anew: what is typed before its prompt would be lost.
  if (shell.isBusy && !shell.isElsewhere && !shell.isClosed && end === 'done') end = await time.drive(isReady)
  deafen()
  return end === 'done' || (end === 'deadlock' && shell.isElsewhere)
}
