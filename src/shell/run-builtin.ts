// Running a builtin, and saying why a program cannot be run.

import { errnoText, type KernelError } from '../kernel/errno.js'
import { isExecutable } from '../node/program.js'
import type { Shell } from './shell.js'

export async function runBuiltin(shell: Shell, name: string, args: string[]): Promise<void> {
  const { proc } = shell
  let failed = false
  const outer = proc.onWriteError
  proc.onWriteError = (error) => {
    failed = true
    shell.error(`${name}: write error: ${error.message}`)
  }
  try {
    shell.lastStatus = await shell.builtins.get(name)!(shell, args)
    if (failed) shell.lastStatus = 1
  } finally {
    proc.onWriteError = outer
  }
}

/** Says why a program does not run; 126 or 127. */
export function notRun(shell: Shell, name: string, error: KernelError): number {
  if (error.errno === 'ENOENT' && !name.includes('/')) {
    shell.error(shell.flavour === 'bash' ? `${name}: command not found` : `${name}: not found`)
    return 127
  }
  if (shell.flavour !== 'bash') {
    shell.error(`${name}: ${error.errno === 'ENOENT' ? 'not found' : error.message}`)
    return error.errno === 'ENOENT' ? 127 : 126
  }
  const { files } = shell.proc
  if (error.errno === 'EACCES' && files.isDirectory(name)) shell.error(`${name}: Is a directory`)
  else if (error.errno === 'ENOENT' && files.exists(name) && isExecutable(shell.proc, name)) {
    const interpreter = /^#!\s*(\S+)/.exec(files.read(name))?.[1] ?? ''
    const isNew = shell.proc.machine.image.toolAtLeast('bash', '5.2')
    shell.error(
      isNew ? `${name}: cannot execute: required file not found` : `${name}: ${interpreter}: bad interpreter: ${errnoText('ENOENT')}`,
    )
    return isNew ? 127 : 126
  } else shell.error(`${name}: ${error.message}`)
  return error.errno === 'ENOENT' ? 127 : 126
}
