// What the tools that show bytes (xxd, od, hexdump, strings, cmp) have in common.

import { ownOf } from '../../grammar/own-of.js'
import { joinBytes } from '../../node/chunk.js'
import { eachInput } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'

export const hex = (n: number, width: number): string => n.toString(16).padStart(width, '0')
export const printable = (byte: number): string => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')

export interface Content {
  readonly bytes: Uint8Array
  readonly code: number
  /** None of the operands could be read; each has been complained about. */
  readonly isNothing: boolean
}

/** All operands one after the other, at most `limit` bytes. */
export async function readAll(proc: Process, names: readonly string[], limit?: number): Promise<Content> {
  const parts: Uint8Array[] = []
  let read = 0
  const code = await eachInput(proc, names, async ({ input }) => {
    read++
    parts.push(await input.readAllBytes())
  })
  return { bytes: joinBytes(parts).subarray(0, limit), code, isNothing: read === 0 }
}

/** A number as strtol(3) with base 0 takes it: `16`, `0x10`, `020`; null when it is none. */
export function cNumber(text: string): number | null {
  const match = /^(?:0x([0-9a-f]+)|0([0-7]*)|([1-9]\d*))$/i.exec(text)
  if (match === null) return null
  if (match[1] !== undefined) return Number.parseInt(match[1], 16)
  return match[2] !== undefined ? Number.parseInt(`0${match[2]}`, 8) : Number(match[3])
}

const UNITS: Readonly<Record<string, number>> = {
  b: 512,
  k: 1024,
  K: 1024,
  KB: 1000,
  kB: 1000,
  m: 1048576,
  M: 1048576,
  MB: 1e6,
  G: 1 << 30,
  GB: 1e9,
}

/** The same with a unit behind it: `2k`. */
export function cSize(text: string): number | null {
  const unit = /^(?!0x)\d+([A-Za-z]+)$/.exec(text)?.[1]
  if (unit === undefined) return cNumber(text)
  const number = cNumber(text.slice(0, -unit.length))
  const size = ownOf(UNITS, unit)
  return number === null || size === undefined ? null : number * size
}

const ESCAPES: Readonly<Record<number, string>> = { 0: '\\0', 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r' }

/** A byte as a C character: itself, its escape, or three octal digits. */
export function cCharacter(byte: number): string {
  return ESCAPES[byte] ?? (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : byte.toString(8).padStart(3, '0'))
}

/** The number that `size` bytes make, the lowest first; bytes behind the end count as 0. */
export function littleEndian(bytes: Uint8Array, at: number, size: number): bigint {
  let value = 0n
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i] ?? 0)
  return value
}
