// -j DSCP: sets the differentiated services code point.
import { hex2, unsigned } from '../arguments.js'
import { defineTarget, optionsOf } from '../extension.js'
import { dscpClass } from '../tos-values.js'
import { badParameter } from '../xtables-error.js'

interface Params {
  dscp: number | null
}

const { option } = optionsOf<Params>()

export const dscpTarget = defineTarget<Params>({
  name: 'DSCP',
  help: 'sets the differentiated services code point',
  tables: ['mangle'],
  options: [
    option('set-dscp', unsigned(63), (p, v) => (p.dscp = v), { excludes: ['set-dscp-class'] }),
    option('set-dscp-class', dscpClass, (p, v) => (p.dscp = v), { excludes: ['set-dscp'] }),
  ],
  init: () => ({ dscp: null }),
  finish(p) {
    if (p.dscp === null) throw badParameter('DSCP target: Parameter --set-dscp is required')
  },
  compile: (p) => (state) => {
    const tos = (state.ip.tos & 3) | (p.dscp! << 2)
    if (tos !== state.ip.tos) state.setIp(state.ip.withTos(tos))
    return 'CONTINUE'
  },
  print: (p) => ` DSCP set ${hex2(p.dscp!)}`,
  save: (p) => ` --set-dscp ${hex2(p.dscp!)}`,
})
