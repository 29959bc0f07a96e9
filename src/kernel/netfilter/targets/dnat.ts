// -j DNAT: another destination for the packets of new connections.
import { defineTarget, optionsOf } from '../extension.js'
import type { NatParams } from './nat-arguments.js'
import { bind, emptyNat, natFlags, natTo, natToText, rangeOf } from './nat-arguments.js'

const { option, flag } = optionsOf<NatParams>()

export const dnatTarget = defineTarget<NatParams>({
  name: 'DNAT',
  help: 'another destination for new connections',
  tables: ['nat'],
  hooks: ['PREROUTING', 'OUTPUT'],
  needsConntrack: true,
  options: [
    option(
      'to-destination',
      natTo,
      (p, to) => {
        p.addresses = to.addresses
        p.ports = to.ports
      },
      { mandatory: true },
    ),
    flag('random', (p) => (p.random = true)),
    flag('persistent', (p) => (p.persistent = true)),
  ],
  init: emptyNat,
  compile: (p) => (state) => {
    bind(state, rangeOf(p), 'DST')
    return 'ACCEPT'
  },
  print: (p) => ` to:${natToText(p)}${natFlags(p, '')}`,
  save: (p) => ` --to-destination ${natToText(p)}${natFlags(p, '--')}`,
})
