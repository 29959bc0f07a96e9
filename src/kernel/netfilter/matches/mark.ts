// -m mark: the packet's mark.
import { defineMatch } from '../extension.js'
import { anyMark, hasMark, type MarkParams, markOption, maskedMark } from '../masked-mark.js'

export const markMatch = defineMatch<MarkParams>({
  name: 'mark',
  help: "the packet's mark",
  options: [markOption],
  init: anyMark,
  compile: (p) => (state) => hasMark(p, state.pkt.mark),
  print: (p) => ` mark match${p.inverted ? ' !' : ''} ${maskedMark(p)}`,
  save: (p) => `${p.inverted ? ' !' : ''} --mark ${maskedMark(p)}`,
})
