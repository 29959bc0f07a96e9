// What a failed command sets off.

import { ExitShell } from './control.js'
import type { Shell } from './shell.js'

/** After a failed command: the ERR trap, then `set -e`. */
export async function checkErrexit(shell: Shell): Promise<void> {
  if (shell.lastStatus === 0 || shell.conditionDepth > 0) return
  if (shell.traps.has('ERR') && (shell.functionDepth === 0 || shell.options.errtrace)) await shell.runTrap('ERR')
  if (shell.options.errexit) throw new ExitShell(shell.lastStatus)
}
