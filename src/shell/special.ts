// Special parameters and the variables that the shell computes: $?, $$, $#, $RANDOM, $SECONDS, PIPESTATUS...

import type { Shell } from './shell.js'

/** undefined: an ordinary variable. */
export function specialParameter(shell: Shell, name: string): string | null | undefined {
  if (/^\d+$/.test(name)) return name === '0' ? shell.name : (shell.positional[Number(name) - 1] ?? null)
  switch (name) {
    case '?':
      return String(shell.lastStatus)
    case '$':
      return String(rootPid(shell))
    case '!':
      return shell.lastBackgroundPid === null ? null : String(shell.lastBackgroundPid)
    case '#':
      return String(shell.positional.length)
    case '-':
      return shell.optionLetters
    case '_':
      return shell.lastArgument
    case '@':
    case '*':
      return shell.positional.join(' ')
    default:
      return shell.flavour === 'bash' ? bashVariable(shell, name) : undefined
  }
}

/** $$ in a subshell is still the shell's own. */
function rootPid(shell: Shell): number {
  let proc = shell.proc
  for (let depth = shell.subshellDepth; depth > 0 && proc.parent !== null; depth--) proc = proc.parent
  return proc.pid
}

function bashVariable(shell: Shell, name: string): string | null | undefined {
  const { proc } = shell
  switch (name) {
    case 'RANDOM':
      return String(proc.random.below(32768))
    case 'SECONDS':
      return String(Math.floor((proc.nowUs - shell.startedUs) / 1e6))
    case 'EPOCHSECONDS':
      return String(Math.floor(proc.clock / 1e6))
    case 'EPOCHREALTIME':
      return (proc.clock / 1e6).toFixed(6)
    case 'LINENO':
      return String(shell.lineNumber)
    case 'BASHPID':
      return String(proc.pid)
    case 'PPID':
      return String(proc.ppid)
    case 'UID':
    case 'EUID':
      return String(proc.uid)
    case 'BASH_VERSION':
      return `${proc.machine.image.tool('bash')}(1)-release`
    case 'BASH_SUBSHELL':
      return String(shell.subshellDepth)
    case 'BASH':
      return '/bin/bash'
    case 'SHELLOPTS':
      return 'braceexpand:hashall:interactive-comments'
    case 'COLUMNS':
      return shell.variables.get(name) ?? (shell.isInteractive ? String(proc.columns) : null)
    case 'LINES':
      return shell.variables.get(name) ?? (shell.isInteractive && proc.tty !== null ? String(proc.tty.rows) : null)
    default:
      return specialList(shell, name)?.[0]
  }
}

/** The arrays that the shell keeps itself. */
export function specialList(shell: Shell, name: string): readonly string[] | null {
  switch (name) {
    case 'PIPESTATUS':
      return shell.pipeStatus.map(String)
    case 'FUNCNAME':
      return [...shell.functionNames].reverse()
    case 'BASH_VERSINFO':
      return shell.proc.machine.image.tool('bash').split('.')
    case 'DIRSTACK':
      return [shell.proc.cwd, ...shell.directories]
    default:
      return null
  }
}
