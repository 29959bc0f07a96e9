// -j NETMAP: another network, same host bits.
import type { AddressMask } from '../arguments.js'
import { addressMask } from '../arguments.js'
import { defineTarget, optionsOf } from '../extension.js'
import { manipOf } from '../nat.js'
import { NULL_RANGE } from '../nat-table.js'
import { prefixText } from '../print-address.js'
import { bind } from './nat-arguments.js'

interface Params {
  to: AddressMask
}

const { option } = optionsOf<Params>()

export const netmapTarget = defineTarget<Params>({
  name: 'NETMAP',
  help: 'another network, same host bits',
  tables: ['nat'],
  needsConntrack: true,
  options: [option('to', addressMask, (p, to) => (p.to = { address: to.address & to.mask, mask: to.mask }), { mandatory: true })],
  init: () => ({ to: { address: 0, mask: 0 } }),
  compile: (p) => (state) => {
    const manip = manipOf(state.hook)
    const old = manip === 'SRC' ? state.ip.src : state.ip.dst
    const address = (old & ~p.to.mask) | p.to.address
    bind(state, { ...NULL_RANGE, addresses: { min: address, max: address } }, manip)
    return 'ACCEPT'
  },
  print: (p) => ` to:${prefixText(p.to)}`,
  save: (p) => ` --to ${prefixText(p.to)}`,
})
