// What an echo carries: the time of day when it left, then the bytes counting up, or the pattern of -p.
import type { PingOptions } from './ping-options.js'

/** struct timeval of a 64-bit machine. */
export const TIME_LENGTH = 16
const MAX_SIZE = 70_000

export class PingPayload {
  private template: Uint8Array | null = null

  constructor(private readonly options: PingOptions) {}

  get hasTime(): boolean {
    return this.options.size >= TIME_LENGTH
  }

  /** `clock`: microseconds since 1970. */
  at(clock: number): Uint8Array {
    this.template ??= this.filled()
    if (!this.hasTime) return this.template
    const data = this.template.slice()
    const seconds = Math.floor(clock / 1_000_000)
    putLittle(data, 0, seconds)
    putLittle(data, 8, clock - seconds * 1_000_000)
    return data
  }

  private filled(): Uint8Array {
    const { size, pattern } = this.options
    const data = new Uint8Array(Math.min(size, MAX_SIZE))
    for (let i = 0; i < data.length; i++) data[i] = pattern === null ? i : pattern[i % pattern.length]!
    return data
  }
}

/** A number below 2^32 in eight bytes, the lowest first. */
function putLittle(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
  bytes.fill(0, at + 4, at + 8)
}

/** When an echo was sent, by the time in its own data, as the real ping has it. */
export function sentClock(data: Uint8Array): number {
  return littleAt(data, 0) * 1_000_000 + littleAt(data, 8)
}

function littleAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}
