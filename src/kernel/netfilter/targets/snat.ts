// -j SNAT: another source for the packets of new connections.
import { addressNat } from './address-nat.js'

export const snatTarget = addressNat({
  name: 'SNAT',
  help: 'another source for new connections',
  hooks: ['POSTROUTING', 'INPUT'],
  to: 'to-source',
  side: 'SRC',
  hasRandomFully: true,
})
