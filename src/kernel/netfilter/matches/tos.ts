// -m tos: the type of service byte.
import { hex2 } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import { tosMask } from '../tos-values.js'

interface Params {
  value: number
  mask: number
  inverted: boolean
}

const { option } = optionsOf<Params>()

export const tosMatch = defineMatch<Params>({
  name: 'tos',
  help: 'type of service',
  options: [
    option(
      'tos',
      tosMask,
      (p, tos, given) => {
        p.value = tos.value
        p.mask = tos.mask
        p.inverted = given.inverted
      },
      { invert: true, mandatory: true },
    ),
  ],
  init: () => ({ value: 0, mask: 0xff, inverted: false }),
  compile: (p) => (state) => ((state.ip.tos & p.mask) === p.value) !== p.inverted,
  print: (p) => ` tos match${p.inverted ? '!' : ''}${hex2(p.value)}/${hex2(p.mask)}`,
  save: (p) => `${p.inverted ? ' !' : ''} --tos ${hex2(p.value)}/${hex2(p.mask)}`,
})
