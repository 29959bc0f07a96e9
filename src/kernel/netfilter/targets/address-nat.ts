// What SNAT and DNAT share: an address (and port) range for one side of a connection.
import type { Target } from '../extension.js'
import { defineTarget, optionsOf } from '../extension.js'
import type { Hook } from '../hook-state.js'
import type { NatParams } from './nat-arguments.js'
import { bind, emptyNat, natFlags, natTo, natToText, rangeOf } from './nat-arguments.js'

const { option, flag } = optionsOf<NatParams>()

export interface AddressNat {
  readonly name: 'SNAT' | 'DNAT'
  readonly help: string
  readonly hooks: readonly Hook[]
  readonly to: 'to-source' | 'to-destination'
  readonly side: 'SRC' | 'DST'
  /** SNAT alone can draw ports that do not depend on the connection. */
  readonly hasRandomFully: boolean
}

export function addressNat({ name, help, hooks, to, side, hasRandomFully }: AddressNat): Target {
  return defineTarget<NatParams>({
    name,
    help,
    tables: ['nat'],
    hooks,
    needsConntrack: true,
    options: [
      option(
        to,
        natTo,
        (p, range) => {
          p.addresses = range.addresses
          p.ports = range.ports
        },
        { mandatory: true },
      ),
      flag('random', (p) => (p.random = true)),
      ...(hasRandomFully ? [flag('random-fully', (p) => (p.randomFully = true))] : []),
      flag('persistent', (p) => (p.persistent = true)),
    ],
    init: emptyNat,
    compile: (p) => (state) => {
      bind(state, rangeOf(p), side)
      return 'ACCEPT'
    },
    print: (p) => ` to:${natToText(p)}${natFlags(p, '')}`,
    save: (p) => ` --${to} ${natToText(p)}${natFlags(p, '--')}`,
  })
}
