// -m mark: the packet's mark.
import { hex, markMask } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'

interface Params {
  mark: number
  mask: number
  inverted: boolean
}

const { option } = optionsOf<Params>()

export const markMatch = defineMatch<Params>({
  name: 'mark',
  help: "the packet's mark",
  options: [
    option(
      'mark',
      markMask,
      (p, value, given) => {
        p.mark = value.mark
        p.mask = value.mask
        p.inverted = given.inverted
      },
      { invert: true, mandatory: true },
    ),
  ],
  init: () => ({ mark: 0, mask: 0, inverted: false }),
  compile: (p) => (state) => ((state.pkt.mark & p.mask) >>> 0 === p.mark) !== p.inverted,
  print: (p) => ` mark match${p.inverted ? ' !' : ''} ${maskedMark(p)}`,
  save: (p) => `${p.inverted ? ' !' : ''} --mark ${maskedMark(p)}`,
})

export function maskedMark(value: { mark: number; mask: number }): string {
  return value.mask === 0xffffffff ? hex(value.mark) : `${hex(value.mark)}/${hex(value.mask)}`
}
