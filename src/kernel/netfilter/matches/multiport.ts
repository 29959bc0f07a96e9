// -m multiport: up to fifteen ports or ranges of them.
import { isPorted } from '../../../wire/ipv4.js'
import type { Argument, Range } from '../arguments.js'
import { rangeText, strictPort } from '../arguments.js'
import type { Given, ParseContext, PrintContext } from '../extension.js'
import { defineMatch, optionsOf } from '../extension.js'
import { protocolName } from '../protocols.js'
import { hasPorts } from '../tuple-of.js'
import { badParameter } from '../xtables-error.js'

type Side = 'sports' | 'dports' | 'ports'

interface Params {
  side: Side | null
  ranges: readonly Range[]
  inverted: boolean
  protocol: number
}

const MAX_PORTS = 15

const portList: Argument<readonly Range[]> = {
  hint: 'port[,port:port...]',
  parse(text, place) {
    checkProtocol(place.context)
    const name = protocolName(place.context.protocol)
    const port = (word: string): number => strictPort(word, place.context, name)
    let used = 0
    const ranges = text.split(',').map((part) => {
      const colon = part.indexOf(':')
      used += colon < 0 ? 1 : 2
      if (used > MAX_PORTS) throw badParameter('too many ports specified')
      if (colon < 0) {
        const only = port(part)
        return { min: only, max: only }
      }
      const range = { min: port(part.slice(0, colon)), max: port(part.slice(colon + 1)) }
      if (range.min >= range.max) throw badParameter('invalid portrange specified')
      return range
    })
    return ranges
  },
}

const { option } = optionsOf<Params>()

function sideOption(name: string, side: Side) {
  return option(name, portList, (p, ranges, given) => take(p, side, ranges, given), { invert: true })
}

export const multiportMatch = defineMatch<Params>({
  name: 'multiport',
  help: 'a list of ports',
  options: [
    sideOption('source-ports', 'sports'),
    sideOption('sports', 'sports'),
    sideOption('destination-ports', 'dports'),
    sideOption('dports', 'dports'),
    sideOption('ports', 'ports'),
  ],
  init: () => ({ side: null, ranges: [], inverted: false, protocol: 0 }),
  finish(p) {
    if (p.side === null) throw badParameter('multiport expection an option')
  },
  check: (_p, place) =>
    hasPorts(place.protocol) && !place.protocolInverted ? null : 'x_tables: multiport match: only with tcp, udp and their kin',
  compile: (p) => (state) => {
    const { payload } = state.ip
    if (!isPorted(payload)) return false
    return hits(p, payload.sport, payload.dport) !== p.inverted
  },
  print: (p, context) => ` multiport ${p.side} ${p.inverted ? ' !' : ''}${listed(p, context)}`,
  save: (p) => `${p.inverted ? ' !' : ''} --${p.side} ${p.ranges.map(rangeText).join(',')}`,
})

function checkProtocol({ protocol, protocolInverted }: ParseContext): void {
  if (protocol === 0) throw badParameter("multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'")
  if (protocolInverted || !hasPorts(protocol)) throw badParameter('multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP')
}

function take(p: Params, side: Side, ranges: readonly Range[], given: Given): void {
  p.side = side
  p.ranges = ranges
  p.inverted = given.inverted
  p.protocol = given.context.protocol
}

function hits(p: Params, sport: number, dport: number): boolean {
  for (const range of p.ranges) {
    if (p.side !== 'dports' && sport >= range.min && sport <= range.max) return true
    if (p.side !== 'sports' && dport >= range.min && dport <= range.max) return true
  }
  return false
}

function listed(p: Params, context: PrintContext): string {
  const name = (port: number): string => {
    const known = context.numeric ? null : context.serviceName(port, protocolName(p.protocol))
    return known ?? String(port)
  }
  return p.ranges.map((range) => (range.min === range.max ? name(range.min) : `${name(range.min)}:${name(range.max)}`)).join(',')
}
