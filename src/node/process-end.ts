// How a process ends that did not come to its end: by exit(), by a signal, or by what its program could not go on with.

import { KernelError } from '../kernel/errno.js'
import { type Signal, signalNumber } from './signals.js'

/** A signal ended the process: unwinds a command through its `finally` blocks. */
export class ProcessKilled extends Error {
  constructor(readonly signal: Signal) {
    super(`killed by ${signal}`)
  }
}

/** `proc.exit(code)` from the middle of a command. */
export class ProcessExit extends Error {
  constructor(readonly code: number) {
    super(`exit ${code}`)
  }
}

export interface ProcessEnd {
  readonly code: number
  readonly signal: Signal | null
  /** What it says on standard error; null: nothing. */
  readonly words: string | null
  readonly isOutOfMemory?: boolean
  readonly isBug?: boolean
}

/** Exit code of a program that netlab failed (EX_SOFTWARE of sysexits.h). */
const BUG_CODE = 70

export function endOf(error: unknown): ProcessEnd {
  if (error instanceof ProcessExit) return { code: error.code, signal: null, words: null }
  if (error instanceof ProcessKilled) return bySignal(error.signal)
  if (error instanceof KernelError) return { code: 1, signal: null, words: error.message }
  const byHost = error instanceof RangeError ? endByHost(error) : null
  if (byHost !== null) return byHost
  const words = `netlab has a bug here: ${error instanceof Error ? error.message : String(error)}`
  return { code: BUG_CODE, signal: null, words, isBug: true }
}

/** What would not fit: strings of half a gigabyte, a stack a hundred thousand calls deep. A real program ends by these signals. */
function endByHost({ message }: RangeError): ProcessEnd | null {
  if (message === 'Memory exhausted') return { code: 2, signal: null, words: 'memory exhausted' }
  if (/^Invalid (string|array|typed array) length|allocation failed|too large/i.test(message))
    return { ...bySignal('KILL'), isOutOfMemory: true }
  return /call stack/.test(message) ? bySignal('SEGV') : null
}

function bySignal(signal: Signal): ProcessEnd {
  return { code: 128 + signalNumber(signal), signal, words: null }
}

/** A process that held so much, as the OOM killer's line in the kernel log tells it. */
export function memorySizes(heldBytes: number): string {
  const kB = Math.ceil(heldBytes / 1024)
  return `total-vm:${kB + 4096}kB, anon-rss:${kB}kB, file-rss:0kB, shmem-rss:0kB`
}
