// -m tcp: ports, flags and options of TCP segments.
import { PROTO_TCP } from '../../../wire/ipv4.js'
import type { TcpSegment } from '../../../wire/tcp.js'
import type { Range } from '../arguments.js'
import { parseUnsigned } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import type { PortTest } from '../ports.js'
import { ANY_PORT, classicPortRange, portSave, portTestOf, portText } from '../ports.js'
import { badParameter } from '../xtables-error.js'

interface Params {
  source: PortTest
  destination: PortTest
  flags: { mask: number; value: number; inverted: boolean } | null
  option: { kind: number; inverted: boolean } | null
}

const FLAG_BITS: Record<string, number> = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ALL: 63, NONE: 0 }
const FLAG_ORDER = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG']

const { option, flag } = optionsOf<Params>()

/** Two words: the mask and the flags set in it. */
const flagsArgument = {
  hint: 'mask comp',
  words: 2,
  parse(value: string): { mask: number; value: number } {
    const [mask, set] = value.split('\0')
    if (set === undefined) throw badParameter('--tcp-flags requires two args.')
    return { mask: flagBits(mask ?? ''), value: flagBits(set) }
  },
}

export const tcpMatch = defineMatch<Params>({
  name: 'tcp',
  help: 'ports, flags and options of TCP segments',
  protocols: [PROTO_TCP],
  options: [
    option('source-port', classicPortRange('tcp'), (p, range, given) => (p.source = portTestOf(range, given.inverted)), { invert: true }),
    option('sport', classicPortRange('tcp'), (p, range, given) => (p.source = portTestOf(range, given.inverted)), { invert: true }),
    option('destination-port', classicPortRange('tcp'), (p, range, given) => (p.destination = portTestOf(range, given.inverted)), {
      invert: true,
    }),
    option('dport', classicPortRange('tcp'), (p, range, given) => (p.destination = portTestOf(range, given.inverted)), { invert: true }),
    flag('syn', (p, given) => (p.flags = { mask: 0x17, value: 2, inverted: given.inverted }), { invert: true }),
    option('tcp-flags', flagsArgument, (p, flags, given) => (p.flags = { ...flags, inverted: given.inverted }), { invert: true }),
    option('tcp-option', { hint: 'number', parse: parseOption }, (p, kind, given) => (p.option = { kind, inverted: given.inverted }), {
      invert: true,
    }),
  ],
  init: () => ({ source: ANY_PORT, destination: ANY_PORT, flags: null, option: null }),
  compile: (p) => (state) => {
    const { payload } = state.ip
    if (payload instanceof Uint8Array) {
      // A fragment that would overwrite the ports of the first one is an attack.
      if (state.ip.fragOffset === 8 && state.ip.proto === PROTO_TCP) state.hotDrop = true
      return false
    }
    return payload.kind === 'tcp' && matches(p, payload)
  },
  print(p, context) {
    let text = ` tcp${portText('spt', p.source, context, 'tcp')}${portText('dpt', p.destination, context, 'tcp')}`
    if (p.option !== null) text += ` option=${p.option.inverted ? '!' : ''}${p.option.kind}`
    if (p.flags !== null) {
      const { mask, value, inverted } = p.flags
      const show = context.numeric ? hexFlags : flagNames
      text += ` flags:${inverted ? '!' : ''}${show(mask)}/${show(value)}`
    }
    return text
  },
  save(p) {
    let text = portSave('sport', p.source) + portSave('dport', p.destination)
    if (p.option !== null) text += `${p.option.inverted ? ' !' : ''} --tcp-option ${p.option.kind}`
    if (p.flags !== null) text += `${p.flags.inverted ? ' !' : ''} --tcp-flags ${flagNames(p.flags.mask)} ${flagNames(p.flags.value)}`
    return text
  },
})

function matches(p: Params, segment: TcpSegment): boolean {
  if (!inPorts(p.source, segment.sport) || !inPorts(p.destination, segment.dport)) return false
  if (p.flags !== null && ((segment.flags & p.flags.mask) === p.flags.value) === p.flags.inverted) return false
  return p.option === null || hasOption(segment.options, p.option.kind) !== p.option.inverted
}

function inPorts(test: { range: Range; inverted: boolean }, port: number): boolean {
  return (port >= test.range.min && port <= test.range.max) !== test.inverted
}

function hasOption(options: Uint8Array, kind: number): boolean {
  for (let at = 0; at < options.length; ) {
    if (options[at] === kind) return true
    at += options[at]! < 2 ? 1 : Math.max(options[at + 1] ?? 1, 1)
  }
  return false
}

function flagBits(text: string): number {
  let bits = 0
  for (const name of text.split(',')) {
    const bit = FLAG_BITS[name.toUpperCase()]
    if (bit === undefined) throw badParameter(`Unknown TCP flag \`${name}'`)
    bits |= bit
  }
  return bits
}

function flagNames(bits: number): string {
  return bits === 0 ? 'NONE' : FLAG_ORDER.filter((_name, i) => (bits & (1 << i)) !== 0).join(',')
}

function hexFlags(bits: number): string {
  return `0x${bits.toString(16).toUpperCase().padStart(2, '0')}`
}

function parseOption(value: string): number {
  const kind = parseUnsigned(value)
  if (kind === null || kind < 1 || kind > 255) throw badParameter(`Bad TCP option "${value}"`)
  return kind
}
