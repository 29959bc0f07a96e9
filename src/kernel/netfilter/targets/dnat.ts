// -j DNAT: another destination for the packets of new connections.
import { addressNat } from './address-nat.js'

export const dnatTarget = addressNat({
  name: 'DNAT',
  help: 'another destination for new connections',
  hooks: ['PREROUTING', 'OUTPUT'],
  to: 'to-destination',
  side: 'DST',
  hasRandomFully: false,
})
