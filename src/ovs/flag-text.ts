// Sets of flags by name: ct_state, TCP flags, tunnel flags.
import { FlowTextError } from './flow-text-error.js'

/** Bit number is the place in the list; null: no name. */
export type FlagNames = readonly (string | null)[]

export const CT_FLAGS: FlagNames = ['new', 'est', 'rel', 'rpl', 'inv', 'trk', 'snat', 'dnat']
export const TCP_FLAG_NAMES: FlagNames = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr', 'ns', '[200]', '[400]', '[800]']
export const TUNNEL_FLAGS: FlagNames = ['oam', 'df', 'csum', 'key']

export interface Flags {
  readonly value: number
  readonly mask: number
}

interface FlagKind {
  readonly names: FlagNames
  /** As error messages call it. */
  readonly what: string
  readonly allowed: number
}

export function parseFlags(text: string, kind: FlagKind): Flags {
  const masked = /^(0[xX][0-9a-fA-F]+|\d+)\/(0[xX][0-9a-fA-F]+|\d+)$/.exec(text)
  if (masked !== null) {
    const value = Number(masked[1])
    const mask = Number(masked[2])
    if (((value | mask) & ~kind.allowed) !== 0) throw new FlowTextError(`${text}: unknown ${kind.what} flag(s)`)
    return { value, mask }
  }
  return /^[+-]/.test(text) ? parseSigned(text, kind) : parsePlain(text, kind)
}

function parseSigned(text: string, kind: FlagKind): Flags {
  let value = 0
  let mask = 0
  let rest = text
  while (rest !== '') {
    const sign = rest[0]
    if (sign !== '+' && sign !== '-') {
      throw new FlowTextError(`${rest}: ${kind.what} must be preceded by '+' (for SET) or '-' (NOT SET)`)
    }
    rest = rest.slice(1)
    const name = /^[^+-]*/.exec(rest)![0]
    const bit = kind.names.indexOf(name)
    if (bit < 0 || ((1 << bit) & kind.allowed) === 0) throw new FlowTextError(`${rest}: unknown ${kind.what} flag(s)`)
    if ((mask & (1 << bit)) !== 0) throw new FlowTextError(`${rest}: Each ${kind.what} flag can be specified only once`)
    mask |= 1 << bit
    if (sign === '+') value |= 1 << bit
    rest = rest.slice(name.length)
  }
  return { value, mask }
}

function parsePlain(text: string, kind: FlagKind): Flags {
  let value = 0
  for (let rest = text; rest !== ''; ) {
    const name = /^[^|,]*/.exec(rest)![0]
    const bit = kind.names.indexOf(name)
    const bits = bit >= 0 ? 1 << bit : /^(0[xX][0-9a-fA-F]+|\d+)$/.test(name) ? Number(name) : -1
    if (bits < 0 || (bits & ~kind.allowed) !== 0) throw new FlowTextError(`${rest}: unknown ${kind.what} flag(s)`)
    value |= bits
    rest = rest.slice(name.length + 1)
  }
  return { value, mask: -1 }
}

/** `syn|ack`; `0` or `0x80` for bits without a name. */
export function formatFlags(value: number, names: FlagNames): string {
  const found: string[] = []
  let bad = 0
  for (let bit = 0; bit < 32; bit++) {
    if ((value & (1 << bit)) === 0) continue
    const name = names[bit] ?? null
    if (name === null) bad |= 1 << bit
    else found.push(name)
  }
  if (bad !== 0) found.push(`0x${(bad >>> 0).toString(16)}`)
  return found.length === 0 ? '0' : found.join('|')
}

/** `+trk-est`; all flags at once are listed as `est|trk`. */
export function formatMaskedFlags(value: number, mask: number, names: FlagNames, all: number): string {
  if (mask === all) return formatFlags(value, names)
  if (mask === 0) return '0/0'
  let text = ''
  for (let bit = 0; bit < 32; bit++) {
    if ((mask & (1 << bit)) !== 0) text += `${(value & (1 << bit)) === 0 ? '-' : '+'}${names[bit] ?? '[Unknown]'}`
  }
  return text
}
