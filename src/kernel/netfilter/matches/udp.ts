// -m udp: ports of UDP datagrams.
import { PROTO_UDP } from '../../../wire/ipv4.js'
import { portRange } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import type { PortTest } from '../ports.js'
import { ANY_PORT, portSave, portTestOf, portText } from '../ports.js'

interface Params {
  source: PortTest
  destination: PortTest
}

const { option } = optionsOf<Params>()

export const udpMatch = defineMatch<Params>({
  name: 'udp',
  help: 'ports of UDP datagrams',
  protocols: [PROTO_UDP],
  options: [
    option('source-port', portRange, (p, range, given) => (p.source = portTestOf(range, given.inverted)), { invert: true }),
    option('sport', portRange, (p, range, given) => (p.source = portTestOf(range, given.inverted)), { invert: true }),
    option('destination-port', portRange, (p, range, given) => (p.destination = portTestOf(range, given.inverted)), { invert: true }),
    option('dport', portRange, (p, range, given) => (p.destination = portTestOf(range, given.inverted)), { invert: true }),
  ],
  init: () => ({ source: ANY_PORT, destination: ANY_PORT }),
  compile: (p) => (state) => {
    const { payload } = state.ip
    if (payload instanceof Uint8Array || payload.kind !== 'udp') return false
    return isIn(p.source, payload.sport) && isIn(p.destination, payload.dport)
  },
  print: (p, context) => ` udp${portText('spt', p.source, context, 'udp')}${portText('dpt', p.destination, context, 'udp')}`,
  save: (p) => portSave('sport', p.source) + portSave('dport', p.destination),
})

function isIn(test: PortTest, port: number): boolean {
  return (port >= test.range.min && port <= test.range.max) !== test.inverted
}
