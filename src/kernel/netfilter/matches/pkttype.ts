// -m pkttype: how the frame was addressed.
import { oneOf } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import type { HookState } from '../hook-state.js'

const TYPES = ['unicast', 'broadcast', 'multicast'] as const
type TypeName = (typeof TYPES)[number]

interface Params {
  type: TypeName
  inverted: boolean
}

const { option } = optionsOf<Params>()

export const pkttypeMatch = defineMatch<Params>({
  name: 'pkttype',
  help: 'unicast, broadcast or multicast frame',
  options: [
    option(
      'pkt-type',
      oneOf('{unicast|broadcast|multicast}', TYPES, (value) => `Bad packet type '${value}'`),
      (p, type, given) => {
        p.type = type
        p.inverted = given.inverted
      },
      { invert: true, mandatory: true },
    ),
  ],
  init: () => ({ type: 'unicast', inverted: false }),
  compile: (p) => (state) => (typeOf(state) === p.type) !== p.inverted,
  print: (p) => ` PKTTYPE ${p.inverted ? '!' : ''}= ${p.type}`,
  save: (p) => `${p.inverted ? ' !' : ''} --pkt-type ${p.type}`,
})

function typeOf({ pkt }: HookState): TypeName {
  return pkt.packetType === 'broadcast' || pkt.packetType === 'multicast' ? pkt.packetType : 'unicast'
}
