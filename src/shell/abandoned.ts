// What is left of a shell when control leaves a whole line or script: its status, its EXIT trap, what it says.

import { ProcessExit, ProcessKilled } from '../node/process-end.js'
import { BreakLoop, ContinueLoop, ExitShell, Interrupted, ReturnFrom, ShellError } from './control.js'
import type { Shell } from './shell.js'

/** Of netlab's own mistakes: EX_SOFTWARE of sysexits.h. */
const BUG_STATUS = 70

export async function abandoned(shell: Shell, error: unknown): Promise<void> {
  if (error instanceof ExitShell) {
    shell.lastStatus = error.code
    shell.hasExited = true
    await shell.runExitTrap()
    shell.proc.end(shell.lastStatus, null)
  } else if (error instanceof Interrupted) {
    shell.isInterrupted = false
    shell.lastStatus = 130
  } else if (error instanceof ShellError) {
    shell.error(error.message)
    shell.lastStatus = error.code === 127 ? 1 : error.code
  } else if (error instanceof ReturnFrom || error instanceof BreakLoop || error instanceof ContinueLoop) {
    shell.lastStatus = error instanceof ReturnFrom ? error.code : 0
  } else if (error instanceof ProcessKilled) {
    shell.hasExited = true
    shell.lastStatus = shell.proc.exitCode ?? 137
  } else if (error instanceof ProcessExit) {
    shell.lastStatus = error.code
  } else failed(shell, error)
}

/** Nobody waits for what is thrown from a shell that the lab drives: it must say so itself. */
function failed(shell: Shell, error: unknown): void {
  if (error instanceof RangeError) {
    shell.lastStatus = 2
    shell.error('memory exhausted')
    return
  }
  shell.lastStatus = BUG_STATUS
  shell.proc.machine.reportBug(shell.proc, error)
  shell.error(`netlab has a bug here: ${error instanceof Error ? error.message : String(error)}`)
}
