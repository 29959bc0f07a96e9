// Kinds of values that options of matches and targets take, with the error texts of the xtables option parser.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { maskOf, parseIpv4 } from '../../addr/ipv4.js'
import type { MacAddress } from '../../addr/mac.js'
import { parseMac } from '../../addr/mac.js'
import type { ParseContext } from './extension.js'
import { protocolNumber } from './protocols.js'
import { badParameter } from './xtables-error.js'

export interface ArgumentPlace {
  readonly extension: string
  readonly option: string
  readonly context: ParseContext
}

export interface Argument<T> {
  /** For help: `port[:port]`. */
  readonly hint: string
  /** How many words it takes; more than one arrive joined by NUL. */
  readonly words?: number
  parse(text: string, place: ArgumentPlace): T
}

export interface Range {
  readonly min: number
  readonly max: number
}

/** C's strtoul with base 0; null when the text is not wholly a number. */
export function parseUnsigned(text: string): number | null {
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text)) return null
  const value = /^0\d/.test(text) ? Number.parseInt(text, 8) : Number(text)
  return Number.isNaN(value) ? null : value
}

export const text: Argument<string> = { hint: 'text', parse: (value) => value }

export function unsigned(max: number, min = 0): Argument<number> {
  return {
    hint: 'value',
    parse(value, place) {
      const number = parseUnsigned(value)
      if (number === null || number < min || number > max) {
        throw badParameter(`${place.extension}: bad value for option "--${place.option}", or out of range (${min}-${max}).\n`)
      }
      return number
    },
  }
}

/** `a`, `a:b`, `a:`, `:b`. */
export function unsignedRange(max: number): Argument<Range> {
  return {
    hint: 'value[:value]',
    parse(value, place) {
      const bad = (near: string): Error =>
        badParameter(`${place.extension}: bad value for option "--${place.option}" near "${near}", or out of range (0-${max}).\n`)
      const colon = value.indexOf(':')
      const low = colon < 0 ? value : value.slice(0, colon)
      const high = colon < 0 ? value : value.slice(colon + 1)
      const min = low === '' ? 0 : parseUnsigned(low)
      if (min === null || min > max) throw bad(value)
      const upper = high === '' ? max : parseUnsigned(high)
      if (upper === null || upper > max) throw bad(colon < 0 ? value : high)
      return { min, max: upper }
    },
  }
}

export interface MarkMask {
  readonly mark: number
  readonly mask: number
}

/** `value[/mask]` */
export const markMask: Argument<MarkMask> = {
  hint: 'value[/mask]',
  parse(value, place) {
    const slash = value.indexOf('/')
    const mark = parseUnsigned(slash < 0 ? value : value.slice(0, slash))
    const mask = slash < 0 ? 0xffffffff : parseUnsigned(value.slice(slash + 1))
    if (mark === null || mask === null || mark > 0xffffffff || mask > 0xffffffff) {
      throw badParameter(`${place.extension}: bad integer value for option "--${place.option}", or out of range.\n`)
    }
    return { mark: mark >>> 0, mask: mask >>> 0 }
  },
}

/** A port or service name; the message of the xtables option parser. */
export const portRange: Argument<Range> = {
  hint: 'port[:port]',
  parse(value, place) {
    const parse = (word: string, absent: number): number => {
      if (word === '') return absent
      const port = parsePort(word, place.context, null)
      if (port === null) throw badParameter(`Port "${word}" does not resolve to anything.\n`)
      return port
    }
    const colon = value.indexOf(':')
    if (colon < 0) {
      const port = parse(value, 0)
      return { min: port, max: port }
    }
    const min = parse(value.slice(0, colon), 0)
    const max = parse(value.slice(colon + 1), 65535)
    if (min > max) throw badParameter(`Port range ${value} out of order.\n`)
    return { min, max }
  },
}

export function parsePort(word: string, context: ParseContext, protocol: string | null): number | null {
  const number = parseUnsigned(word)
  if (number !== null) return number <= 65535 ? number : null
  return context.service(word, protocol)
}

/** xtables_parse_port: numbers and service names, "invalid port/service". */
export function strictPort(word: string, context: ParseContext, protocol: string | null): number {
  const port = parsePort(word, context, protocol)
  if (port === null) throw badParameter(`invalid port/service \`${word}' specified`)
  return port
}

export interface AddressMask {
  readonly address: Ipv4Address
  readonly mask: Ipv4Address
}

export const addressMask: Argument<AddressMask> = {
  hint: 'address[/mask]',
  parse(value) {
    const parsed = parseAddressMask(value)
    if (parsed === null) throw badParameter(`host/network \`${value}' not found`)
    return parsed
  },
}

/** `a.b.c.d[/length or mask]`, with the tool's leniency for short forms left to it. */
export function parseAddressMask(value: string): AddressMask | null {
  const slash = value.indexOf('/')
  const parsed = parseIpv4(slash < 0 ? value : value.slice(0, slash))
  const mask = slash < 0 ? -1 : parseMask(value.slice(slash + 1))
  return parsed === null || mask === null ? null : { address: parsed, mask }
}

export function parseMask(value: string): Ipv4Address | null {
  if (value.includes('.')) return parseIpv4(value)
  const length = parseUnsigned(value)
  return length === null || length > 32 ? null : maskOf(length)
}

export const macAddress: Argument<MacAddress> = {
  hint: 'XX:XX:XX:XX:XX:XX',
  parse(value) {
    const mac = /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i.test(value) ? parseMac(value) : null
    if (mac === null) throw badParameter('Invalid MAC address specified.')
    return mac
  },
}

export const protocol: Argument<number> = {
  hint: 'proto',
  parse(value) {
    const number = protocolNumber(value)
    if (number === null) throw badParameter(`unknown protocol "${value}" specified`)
    return number
  },
}

/** One of some words, case as given. */
export function oneOf<W extends string>(hint: string, words: readonly W[], complaint: (value: string) => string): Argument<W> {
  return {
    hint,
    parse(value) {
      const found = words.find((word) => word.toLowerCase() === value.toLowerCase())
      if (found === undefined) throw badParameter(complaint(value))
      return found
    },
  }
}

const LEVELS = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug']
const LEVEL_ALIASES: Record<string, number> = { panic: 0, err: 3, warn: 4 }

export const logLevel: Argument<number> = {
  hint: 'level',
  parse(value) {
    const number = parseUnsigned(value)
    if (number !== null && number <= 7) return number
    const level = LEVEL_ALIASES[value.toLowerCase()] ?? LEVELS.indexOf(value.toLowerCase())
    if (number !== null || level < 0) throw badParameter(`log level "${value}" unknown\n`)
    return level
  },
}

/** Prints a range as `-S` does. */
export function rangeText(range: Range): string {
  return range.min === range.max ? String(range.min) : `${range.min}:${range.max}`
}

export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`
}

export function hex2(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(2, '0')}`
}

/** Quoted as iptables-save quotes: only when something in it would not survive a shell. */
export function saveString(value: string): string {
  if (/^[0-9A-Za-z_-]+$/.test(value)) return ` ${value}`
  return ` "${value.replace(/[\\"']/g, (c) => `\\${c}`)}"`
}
