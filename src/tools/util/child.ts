// Commands that run another command: what they say when it cannot be run, and with which code they end.

import type { KernelError } from '../../kernel/errno.js'
import { attempt } from '../../node/gnu-tool.js'
import type { Process, SpawnOptions } from '../../node/process.js'

/** 127: there is none; 126: it is there and cannot be run. */
export function cannotRunCode(error: KernelError): 126 | 127 {
  return error.errno === 'ENOENT' ? 127 : 126
}

/** The child, or the complaint of the kernel. */
export function trySpawn(proc: Process, argv: string[], options: SpawnOptions = {}): Process | KernelError {
  let child: Process | null = null
  const error = attempt(() => {
    child = proc.spawn(argv, options)
  })
  return error ?? child!
}
