// Values of fields as text, by the kind of the field.
import { formatIpv4, lengthOfMask, maskOf, parseIpv4 } from '../addr/ipv4.js'
import { formatIpv6, parseIpv6 } from '../addr/ipv6.js'
import { formatMac } from '../addr/mac.js'
import type { Field } from './field-table.js'
import { onesOf } from './fields.js'
import { CT_FLAGS, formatMaskedFlags, parseFlags, TCP_FLAG_NAMES, TUNNEL_FLAGS } from './flag-text.js'
import { FRAG_ANY, FRAG_LATER } from './flow-key.js'
import { FlowTextError, type TextContext } from './flow-text-error.js'
import { hexText, integerPrefix } from './number-text.js'
import { portFrom32, portTo32 } from './port-numbers.js'
import { formatPort, parsePort } from './port-text.js'
import { atLeast } from './version.js'

/** Both have the width of the field's bytes, not only its bits. */
export interface Masked {
  readonly value: bigint
  readonly mask: bigint
}

export function fullMask(field: Field): bigint {
  return onesOf(8 * field.bytes)
}

/** Throws FlowTextError. */
export function parseField(field: Field, text: string, ctx: TextContext): Masked {
  if (text === '*') return { value: 0n, mask: 0n }
  const parsed = parseKind(field, text, ctx)
  if (!field.maskable && parsed.mask !== 0n && parsed.mask !== fullMask(field)) {
    throw new FlowTextError(`${text}: invalid mask for field ${field.name}`)
  }
  return parsed
}

function parseKind(field: Field, text: string, ctx: TextContext): Masked {
  switch (field.kind) {
    case 'decimal':
    case 'hex':
      return parseInteger(field, text)
    case 'mac':
      return parseMacMasked(text)
    case 'ipv4':
      return parseIpv4Masked(text)
    case 'ipv6':
      return parseIpv6Masked(text)
    case 'port': {
      const port = parsePort(text, ctx)
      if (port === null) {
        const why = atLeast(ctx.version, '2.8') ? 'invalid or unknown port' : 'port value out of range'
        throw new FlowTextError(`${text}: ${why} for ${field.name}`)
      }
      return { value: BigInt(port), mask: 0xffffn }
    }
    case 'port_oxm': {
      const port = parsePort(text, ctx)
      if (port === null) throw new FlowTextError(`${text}: port value out of range for ${field.name}`)
      return { value: BigInt(portTo32(port)), mask: 0xffffffffn }
    }
    case 'ct_state':
      return flagged(parseFlags(text, { names: CT_FLAGS, what: 'ct_state', allowed: 0xff }), field)
    case 'tcp_flags':
      return flagged(parseFlags(text, { names: TCP_FLAG_NAMES, what: 'TCP', allowed: 0xfff }), field)
    case 'tun_flags':
      return flagged(parseFlags(text, { names: TUNNEL_FLAGS, what: 'tunnel', allowed: 1 }), field)
    case 'frag':
      return parseFrag(text)
    case 'packet_type':
      return parsePacketType(text)
  }
}

function flagged(flags: { value: number; mask: number }, field: Field): Masked {
  return { value: BigInt(flags.value), mask: flags.mask === -1 ? fullMask(field) : BigInt(flags.mask) }
}

function parseInteger(field: Field, text: string): Masked {
  const value = integerPart(field, text, text, 'value')
  if (value.rest === '') return { value: value.value, mask: fullMask(field) }
  if (!value.rest.startsWith('/')) throw new FlowTextError(`${text}: bad syntax for ${field.name} value`)
  const mask = integerPart(field, value.rest.slice(1), text, 'mask')
  if (mask.rest !== '') throw new FlowTextError(`${text}: bad syntax for ${field.name} mask`)
  return { value: value.value, mask: mask.value }
}

function integerPart(field: Field, text: string, whole: string, what: string) {
  const found = integerPrefix(text, field.bytes)
  if (found === null) throw new FlowTextError(`${whole}: bad syntax for ${field.name} ${what}`)
  if (found.tooLarge) throw new FlowTextError(`${whole}: ${what} too large for ${field.bytes}-byte field ${field.name}`)
  return found
}

function macBits(text: string): bigint | null {
  if (!/^[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}$/.test(text)) return null
  return text.split(':').reduce((value, group) => (value << 8n) | BigInt(`0x${group}`), 0n)
}

function parseMacMasked(text: string): Masked {
  const [first, second, ...more] = text.split('/')
  const value = macBits(first!)
  const mask = second === undefined ? 0xffffffffffffn : macBits(second)
  if (value === null || mask === null || more.length > 0) throw new FlowTextError(`${text}: invalid Ethernet address`)
  return { value, mask }
}

const unsigned = (address: number) => BigInt(address >>> 0)

function parseIpv4Masked(text: string): Masked {
  const slash = text.indexOf('/')
  const address = looseIpv4(slash < 0 ? text : text.slice(0, slash))
  if (address === null) throw new FlowTextError(`${text}: invalid IP address`)
  if (slash < 0) return { value: unsigned(address), mask: 0xffffffffn }
  const tail = text.slice(slash + 1)
  const mask = looseIpv4(tail)
  if (mask !== null) return { value: unsigned(address), mask: unsigned(mask) }
  if (!/^-?\d+$/.test(tail)) throw new FlowTextError(`${text}: invalid IP address`)
  const length = Number(tail)
  if (length < 0 || length > 32) throw new FlowTextError(`${text}: IPv4 network prefix bits not between 0 and 32, inclusive`)
  return { value: unsigned(address), mask: unsigned(maskOf(length)) }
}

/** Leading zeros are allowed, as scanf reads them. */
function looseIpv4(text: string): number | null {
  return /^\d+\.\d+\.\d+\.\d+$/.test(text) ? parseIpv4(text.replace(/\b0+(?=\d)/g, '')) : null
}

function parseIpv6Masked(text: string): Masked {
  const [first, second, ...more] = text.split('/')
  const value = parseIpv6(first!)
  if (value === null || more.length > 0) throw new FlowTextError(`${text}: invalid IPv6 address`)
  if (second === undefined) return { value, mask: onesOf(128) }
  if (/^-?\d+$/.test(second)) {
    const length = Number(second)
    if (length < 0 || length > 128) throw new FlowTextError(`${text}: IPv6 network prefix bits not between 0 and 128, inclusive`)
    return { value, mask: onesOf(length) << BigInt(128 - length) }
  }
  const mask = parseIpv6(second)
  if (mask === null) throw new FlowTextError(`${text}: Invalid IPv6 mask`)
  return { value, mask }
}

const FRAGMENTS: readonly (readonly [name: string, mask: number, value: number])[] = [
  ['no', FRAG_ANY | FRAG_LATER, 0],
  ['first', FRAG_ANY | FRAG_LATER, FRAG_ANY],
  ['later', FRAG_ANY | FRAG_LATER, FRAG_ANY | FRAG_LATER],
  ['no', FRAG_ANY, 0],
  ['yes', FRAG_ANY, FRAG_ANY],
  ['not_later', FRAG_LATER, 0],
  ['later', FRAG_LATER, FRAG_LATER],
]

function parseFrag(text: string): Masked {
  const found = FRAGMENTS.find(([name]) => name === text.toLowerCase())
  if (found === undefined) {
    throw new FlowTextError(`${text}: unknown fragment type (valid types are "no", "yes", "first", "later", "not_later"`)
  }
  // The upper bits count as asked for: then the mask is a full one.
  return { value: BigInt(found[2]), mask: BigInt(found[1] | 0xfc) }
}

export function formatFrag(value: number, mask: number): string {
  const bits = mask & (FRAG_ANY | FRAG_LATER)
  return FRAGMENTS.find(([, m, v]) => m === bits && v === (value & bits))?.[0] ?? '<error>'
}

function parsePacketType(text: string): Masked {
  const found = /^\((0[xX][0-9a-fA-F]+|\d+),(0[xX][0-9a-fA-F]+|\d+)\)$/.exec(text)
  if (found === null) throw new FlowTextError(`${text}: bad syntax for packet type ${text.startsWith('(') ? 'ns' : "missing '('"}`)
  return { value: (BigInt(found[1]!) << 16n) | BigInt(found[2]!), mask: 0xffffffffn }
}

export function formatIpv4Masked(value: number, mask: number): string {
  if (mask === -1) return formatIpv4(value)
  const length = lengthOfMask(mask)
  return `${formatIpv4(value)}/${length === null ? formatIpv4(mask) : length}`
}

export function formatIpv6Masked(value: bigint, mask: bigint): string {
  if (mask === onesOf(128)) return formatIpv6(value)
  const holes = onesOf(128) ^ mask
  if ((holes & (holes + 1n)) !== 0n) return `${formatIpv6(value)}/${formatIpv6(mask)}`
  return `${formatIpv6(value)}/${128 - (holes === 0n ? 0 : holes.toString(2).length)}`
}

/** `mask` null: the whole field. */
export function formatField(field: Field, value: bigint, mask: bigint | null, ctx: TextContext): string {
  if (mask === 0n) return 'ANY'
  const full = mask === null || mask === fullMask(field)
  switch (field.kind) {
    case 'mac':
      return `${formatMac(Number(value))}${full ? '' : `/${formatMac(Number(mask))}`}`
    case 'ipv4':
      return formatIpv4Masked(Number(value) | 0, full ? -1 : Number(mask) | 0)
    case 'ipv6':
      return formatIpv6Masked(value, full ? onesOf(128) : mask!)
    case 'port':
      return full ? formatPort(Number(value), ctx) : formatInteger(field, value, mask)
    case 'port_oxm':
      return full ? formatPort(portFrom32(Number(value)) ?? 0, ctx) : formatInteger(field, value, mask)
    case 'ct_state':
      return formatMaskedFlags(Number(value), full ? 0xffff : Number(mask), CT_FLAGS, 0xffff)
    case 'tcp_flags':
      return formatMaskedFlags(Number(value), full ? 0xfff : Number(mask), TCP_FLAG_NAMES, 0xfff)
    case 'tun_flags':
      return formatMaskedFlags(Number(value), full ? 1 : Number(mask), TUNNEL_FLAGS, 1)
    case 'frag':
      return formatFrag(Number(value), full ? 3 : Number(mask))
    case 'packet_type':
      return `(${value >> 16n},${hexText(value & 0xffffn)})`
    case 'decimal':
    case 'hex':
      return formatInteger(field, value, full ? null : mask)
  }
}

function formatInteger(field: Field, value: bigint, mask: bigint | null): string {
  const text = field.kind === 'hex' ? hexText(value) : BigInt.asIntN(64, value).toString()
  return mask === null ? text : `${text}/${hexText(mask)}`
}

/** Bits outside of what the field has are refused by set_field. */
export function isValueValid(field: Field, value: bigint): boolean {
  switch (field.name) {
    case 'nw_tos':
      return (value & 3n) === 0n
    case 'vlan_vid':
      return (value & 0xe000n) === 0n
    case 'arp_op':
      return value <= 0xffn
    case 'in_port_oxm':
    case 'actset_output':
      return portFrom32(Number(value)) !== null
    default:
      return value <= onesOf(field.bits)
  }
}
