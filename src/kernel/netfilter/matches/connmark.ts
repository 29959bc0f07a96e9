// -m connmark: the mark of the connection.
import { defineMatch } from '../extension.js'
import { anyMark, hasMark, type MarkParams, markOption, maskedMark } from '../masked-mark.js'

export const connmarkMatch = defineMatch<MarkParams>({
  name: 'connmark',
  help: 'the mark of the connection',
  needsConntrack: true,
  options: [markOption],
  init: anyMark,
  compile: (p) => (state) => state.pkt.ct !== null && hasMark(p, state.pkt.ct.mark),
  print: (p) => ` connmark match ${p.inverted ? '!' : ''} ${maskedMark(p)}`,
  save: (p) => `${p.inverted ? ' !' : ''} --mark ${maskedMark(p)}`,
})
