// -m helper: the helper that follows the connection.
import { text } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'

interface Params {
  name: string
  inverted: boolean
}

const { option } = optionsOf<Params>()

export const helperMatch = defineMatch<Params>({
  name: 'helper',
  help: 'the helper that follows the connection',
  needsConntrack: true,
  options: [
    option(
      'helper',
      text,
      (p, name, given) => {
        p.name = name
        p.inverted = given.inverted
      },
      { invert: true, mandatory: true },
    ),
  ],
  init: () => ({ name: '', inverted: false }),
  // Differs: helpers make no expectations here, so only the connection's own helper (-j CT --helper) is known.
  compile:
    (p) =>
    ({ pkt }) =>
      pkt.ct !== null && (pkt.ct.helper !== null && (p.name === '' || pkt.ct.helper === p.name)) !== p.inverted,
  print: (p) => ` helper match ${p.inverted ? '!' : ''}"${p.name}"`,
  save: (p) => `${p.inverted ? ' !' : ''} --helper ${p.name}`,
})
