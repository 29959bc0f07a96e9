// TCP options on the wire (RFC 9293, 7323, 2018), in the order and padding Linux writes them.
import { get16, get32, put16, put32 } from '../wire/bytes.js'
import { NO_BYTES } from '../wire/header.js'

export interface TcpTimestamps {
  readonly value: number
  readonly echo: number
}

/** What a segment's options say; null or false where one is absent. */
export interface TcpOptions {
  readonly mss: number | null
  readonly windowScale: number | null
  readonly sackPermitted: boolean
  readonly timestamps: TcpTimestamps | null
}

const NO_OPTIONS: TcpOptions = { mss: null, windowScale: null, sackPermitted: false, timestamps: null }

export function parseTcpOptions(bytes: Uint8Array): TcpOptions {
  if (bytes.length === 0) return NO_OPTIONS
  let mss: number | null = null
  let windowScale: number | null = null
  let sackPermitted = false
  let timestamps: TcpTimestamps | null = null
  for (let at = 0; at < bytes.length; ) {
    const kind = bytes[at]!
    if (kind === 0) break
    if (kind === 1) {
      at++
      continue
    }
    const length = bytes[at + 1] ?? 0
    if (length < 2 || at + length > bytes.length) break
    if (kind === 2 && length === 4) mss = get16(bytes, at + 2)
    else if (kind === 3 && length === 3) windowScale = Math.min(bytes[at + 2]!, 14)
    else if (kind === 4) sackPermitted = true
    else if (kind === 8 && length === 10) timestamps = { value: get32(bytes, at + 2), echo: get32(bytes, at + 6) }
    at += length
  }
  return { mss, windowScale, sackPermitted, timestamps }
}

/** SYN and SYN-ACK: mss, sackOK with TS (one word less padding), nop wscale. */
export function synOptions(options: TcpOptions): Uint8Array {
  const bytes: number[] = []
  if (options.mss !== null) bytes.push(2, 4, options.mss >>> 8, options.mss & 255)
  if (options.timestamps !== null) {
    bytes.push(...(options.sackPermitted ? [4, 2] : [1, 1]), 8, 10)
    pushWord(bytes, options.timestamps.value)
    pushWord(bytes, options.timestamps.echo)
  } else if (options.sackPermitted) bytes.push(1, 1, 4, 2)
  if (options.windowScale !== null) bytes.push(1, 3, 3, options.windowScale)
  return Uint8Array.from(bytes)
}

/** Every later segment: nop nop TS. */
export function timestampOption(timestamps: TcpTimestamps | null): Uint8Array {
  if (timestamps === null) return NO_BYTES
  const bytes = new Uint8Array(12)
  put16(bytes, 0, 0x0101)
  put16(bytes, 2, 0x080a)
  put32(bytes, 4, timestamps.value)
  put32(bytes, 8, timestamps.echo)
  return bytes
}

function pushWord(bytes: number[], value: number): void {
  bytes.push(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
}
