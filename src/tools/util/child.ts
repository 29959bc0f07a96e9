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

const SECOND = 1_000_000
const UNITS: Record<string, number> = { '': SECOND, s: SECOND, m: 60 * SECOND, h: 3600 * SECOND, d: 86400 * SECOND }

/** `1.5`, `2m`, `1e3`, `inf`: microseconds; null when it is no duration. */
export function parseDuration(text: string): number | null {
  const match = /^\+?(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|inf(?:inity)?)([smhd]?)$/.exec(text)
  if (match === null) return null
  return match[1]!.startsWith('inf') ? Number.POSITIVE_INFINITY : Math.ceil(Number(match[1]) * UNITS[match[2]!]!)
}
