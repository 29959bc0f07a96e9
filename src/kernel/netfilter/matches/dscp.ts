// -m dscp: the six upper bits of the type of service byte.
import { hex2, unsigned } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import { dscpClass } from '../tos-values.js'
import { badParameter } from '../xtables-error.js'

interface Params {
  dscp: number | null
  inverted: boolean
}

const { option } = optionsOf<Params>()

export const dscpMatch = defineMatch<Params>({
  name: 'dscp',
  help: 'differentiated services code point',
  options: [
    option(
      'dscp',
      unsigned(63),
      (p, v, given) => {
        p.dscp = v
        p.inverted = given.inverted
      },
      { invert: true, excludes: ['dscp-class'] },
    ),
    option(
      'dscp-class',
      dscpClass,
      (p, v, given) => {
        p.dscp = v
        p.inverted = given.inverted
      },
      { invert: true, excludes: ['dscp'] },
    ),
  ],
  init: () => ({ dscp: null, inverted: false }),
  finish(p) {
    if (p.dscp === null) throw badParameter('DSCP match: Parameter --dscp is required')
  },
  compile: (p) => (state) => (state.ip.tos >> 2 === p.dscp) !== p.inverted,
  print: (p) => ` DSCP match ${p.inverted ? '!' : ''}${hex2(p.dscp!)}`,
  save: (p) => `${p.inverted ? ' !' : ''} --dscp ${hex2(p.dscp!)}`,
})
