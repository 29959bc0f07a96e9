// The variables a shell sets when it begins.

import type { Shell } from './shell.js'

function setHostVariables(shell: Shell): void {
  const values = {
    HOSTNAME: shell.proc.machine.hostname,
    HOSTTYPE: 'x86_64',
    MACHTYPE: 'x86_64-pc-linux-gnu',
    OSTYPE: 'linux-gnu',
    IFS: ' \t\n',
  }
  for (const [name, value] of Object.entries(values)) if (shell.variables.find(name) === null) shell.variables.set(name, value)
}

/** What the distribution's start-up files set. */
function defaultPrompt(shell: Shell): string {
  if (shell.flavour !== 'bash') return '\\$ '
  return shell.proc.machine.image.family === 'redhat' ? '[\\u@\\h \\W]\\$ ' : '\\u@\\h:\\w\\$ '
}

export function initialise(shell: Shell): void {
  const { variables, proc } = shell
  if (variables.get('PWD') === null || variables.get('PWD') !== proc.cwd) variables.set('PWD', proc.cwd)
  variables.find('PWD')!.isExported = true
  if (shell.subshellDepth === 0 && variables.find('SHLVL') === null) variables.set('SHLVL', '0')
  variables.set('OPTIND', '1')
  if (shell.flavour === 'bash') setHostVariables(shell)
  if (variables.get('PATH') === null) variables.set('PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin')
  if (shell.isInteractive && variables.get('PS1') === null) variables.set('PS1', defaultPrompt(shell))
}
