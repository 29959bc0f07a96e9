// -j SNAT: another source for the packets of new connections.
import { defineTarget, optionsOf } from '../extension.js'
import type { NatParams } from './nat-arguments.js'
import { bind, emptyNat, natFlags, natTo, natToText, rangeOf } from './nat-arguments.js'

const { option, flag } = optionsOf<NatParams>()

export const snatTarget = defineTarget<NatParams>({
  name: 'SNAT',
  help: 'another source for new connections',
  tables: ['nat'],
  hooks: ['POSTROUTING', 'INPUT'],
  needsConntrack: true,
  options: [
    option(
      'to-source',
      natTo,
      (p, to) => {
        p.addresses = to.addresses
        p.ports = to.ports
      },
      { mandatory: true },
    ),
    flag('random', (p) => (p.random = true)),
    flag('random-fully', (p) => (p.randomFully = true)),
    flag('persistent', (p) => (p.persistent = true)),
  ],
  init: emptyNat,
  compile: (p) => (state) => {
    bind(state, rangeOf(p), 'SRC')
    return 'ACCEPT'
  },
  print: (p) => ` to:${natToText(p)}${natFlags(p, '')}`,
  save: (p) => ` --to-source ${natToText(p)}${natFlags(p, '--')}`,
})
