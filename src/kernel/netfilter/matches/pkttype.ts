// -m pkttype: how the frame was addressed.
import type { Argument } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import type { HookState } from '../hook-state.js'
import { badParameter } from '../xtables-error.js'

const TYPES = ['unicast', 'broadcast', 'multicast'] as const
type TypeName = (typeof TYPES)[number]

interface Params {
  type: TypeName
  inverted: boolean
}

const ALIASES: Record<string, TypeName> = { host: 'unicast', bcast: 'broadcast', mcast: 'multicast' }

const typeArgument: Argument<TypeName> = {
  hint: '{unicast|broadcast|multicast}',
  parse(value) {
    const lower = value.toLowerCase()
    const found = TYPES.find((type) => type === lower) ?? ALIASES[lower]
    if (found === undefined) throw badParameter(`Bad packet type '${value}'`)
    return found
  },
}

const { option } = optionsOf<Params>()

export const pkttypeMatch = defineMatch<Params>({
  name: 'pkttype',
  help: 'unicast, broadcast or multicast frame',
  options: [
    option(
      'pkt-type',
      typeArgument,
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
