// -m string: bytes somewhere in the packet.

import { encodeIpv4 } from '../../../wire/encode.js'
import type { Argument } from '../arguments.js'
import { unsigned } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import { badParameter } from '../xtables-error.js'

interface Params {
  pattern: Uint8Array | null
  isHex: boolean
  algo: string
  from: number
  to: number
  inverted: boolean
  ignoreCase: boolean
}

const MAX_PATTERN = 128

const plainPattern: Argument<Uint8Array> = {
  hint: 'pattern',
  parse(value) {
    if (value.length > MAX_PATTERN) throw badParameter(`STRING too long "${value}"`)
    return new TextEncoder().encode(value)
  },
}

/** `|0a 0d|text|00|` */
const hexPattern: Argument<Uint8Array> = {
  hint: 'pattern',
  parse(value) {
    if (value === '') throw badParameter('STRING must contain at least one char')
    const bytes: number[] = []
    value.split('|').forEach((part, i) => {
      if (i % 2 === 0) for (const byte of new TextEncoder().encode(part)) bytes.push(byte)
      else for (const pair of part.replace(/\s/g, '').match(/../g) ?? []) bytes.push(Number.parseInt(pair, 16))
    })
    if (bytes.length > MAX_PATTERN) throw badParameter(`STRING too long "${value}"`)
    return Uint8Array.from(bytes)
  },
}

const { option, flag } = optionsOf<Params>()

export const stringMatch = defineMatch<Params>({
  name: 'string',
  help: 'bytes somewhere in the packet',
  options: [
    option('from', unsigned(65535), (p, v) => (p.from = v)),
    option('to', unsigned(65535), (p, v) => (p.to = v)),
    option('algo', { hint: '{bm|kmp}', parse: (value: string) => value.slice(0, 15) }, (p, v) => (p.algo = v), { mandatory: true }),
    option(
      'string',
      plainPattern,
      (p, v, given) => {
        p.pattern = v
        p.inverted = given.inverted
      },
      { invert: true, excludes: ['hex-string'] },
    ),
    option(
      'hex-string',
      hexPattern,
      (p, v, given) => {
        p.pattern = v
        p.isHex = true
        p.inverted = given.inverted
      },
      { invert: true, excludes: ['string'] },
    ),
    flag('icase', (p) => (p.ignoreCase = true)),
  ],
  init: () => ({ pattern: null, isHex: false, algo: '', from: 0, to: 65535, inverted: false, ignoreCase: false }),
  finish(p) {
    if (p.pattern === null) throw badParameter("STRING match: You must specify `--string' or `--hex-string'")
  },
  compile: (p) => (state) => {
    const text = latin1(encodeIpv4(state.ip))
    const wanted = latin1(p.pattern!)
    const at = p.ignoreCase ? text.toLowerCase().indexOf(wanted.toLowerCase(), p.from) : text.indexOf(wanted, p.from)
    return (at >= 0 && at <= p.to) !== p.inverted
  },
  print: (p) =>
    ` STRING match ${p.inverted ? '!' : ''} ${quoted(p)} ALGO name ${p.algo}${limits(p, ' FROM ', ' TO ')}${p.ignoreCase ? ' ICASE' : ''}`,
  save: (p) =>
    `${p.inverted ? ' !' : ''} --${p.isHex || !isPrintable(p.pattern!) ? 'hex-string' : 'string'} ${quoted(p)} --algo ${p.algo}${limits(p, ' --from ', ' --to ')}${p.ignoreCase ? ' --icase' : ''}`,
})

function limits(p: Params, from: string, to: string): string {
  return `${p.from === 0 ? '' : `${from}${p.from}`}${p.to === 65535 ? '' : `${to}${p.to}`}`
}

function isPrintable(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 32 && byte < 127)
}

function quoted(p: Params): string {
  const bytes = p.pattern!
  if (isPrintable(bytes)) return `"${latin1(bytes).replace(/["\\]/g, (c) => `\\${c}`)}"`
  return `"|${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}|"`
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
