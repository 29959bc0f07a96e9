// -m connmark: the mark of the connection.
import { markMask } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import { maskedMark } from './mark.js'

interface Params {
  mark: number
  mask: number
  inverted: boolean
}

const { option } = optionsOf<Params>()

export const connmarkMatch = defineMatch<Params>({
  name: 'connmark',
  help: 'the mark of the connection',
  needsConntrack: true,
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
  compile: (p) => (state) => state.pkt.ct !== null && ((state.pkt.ct.mark & p.mask) >>> 0 === p.mark) !== p.inverted,
  print: (p) => ` connmark match ${p.inverted ? '!' : ''} ${maskedMark(p)}`,
  save: (p) => `${p.inverted ? ' !' : ''} --mark ${maskedMark(p)}`,
})
