// -m mac: the source address of the Ethernet frame.
import { formatMac } from '../../../addr/mac.js'
import { macAddress } from '../arguments.js'
import type { PrintContext } from '../extension.js'
import { defineMatch, optionsOf } from '../extension.js'

interface Params {
  mac: number
  inverted: boolean
}

const { option } = optionsOf<Params>()

export const macMatch = defineMatch<Params>({
  name: 'mac',
  help: 'the source address of the Ethernet frame',
  hooks: ['PREROUTING', 'INPUT', 'FORWARD'],
  options: [
    option(
      'mac-source',
      macAddress,
      (p, mac, given) => {
        p.mac = mac
        p.inverted = given.inverted
      },
      { invert: true, mandatory: true },
    ),
  ],
  init: () => ({ mac: 0, inverted: false }),
  compile: (p) => (state) => (state.pkt.frame.src === p.mac) !== p.inverted,
  print: (p, context) => ` MAC${p.inverted ? ' !' : ''} ${macText(p, context)}`,
  save: (p, context) => `${p.inverted ? ' !' : ''} --mac-source ${macText(p, context)}`,
})

/** Releases before 1.8 printed capitals. */
function macText(p: Params, context: PrintContext): string {
  const text = formatMac(p.mac)
  return context.atLeast('1.8.4') ? text : text.toUpperCase()
}
