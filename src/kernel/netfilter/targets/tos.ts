// -j TOS: sets bits of the type of service byte.
import { hex2, unsigned } from '../arguments.js'
import { defineTarget, optionsOf } from '../extension.js'
import { tosMask } from '../tos-values.js'
import { badParameter } from '../xtables-error.js'

interface Params {
  value: number
  mask: number
}

const ALL = ['set-tos', 'and-tos', 'or-tos', 'xor-tos']
const others = (name: string): { excludes: readonly string[] } => ({ excludes: ALL.filter((each) => each !== name) })
const { option } = optionsOf<Params>()

function set(p: Params, value: number, mask: number): void {
  p.value = value
  p.mask = mask
}

export const tosTarget = defineTarget<Params>({
  name: 'TOS',
  help: 'sets bits of the type of service',
  tables: ['mangle'],
  options: [
    option('set-tos', tosMask, (p, tos) => set(p, tos.value, tos.mask), others('set-tos')),
    option('and-tos', unsigned(255), (p, v) => set(p, 0, ~v & 0xff), others('and-tos')),
    option('or-tos', unsigned(255), (p, v) => set(p, v, v), others('or-tos')),
    option('xor-tos', unsigned(255), (p, v) => set(p, v, 0), others('xor-tos')),
  ],
  init: () => ({ value: 0, mask: 0xff }),
  finish(_p, seen) {
    if (seen.size === 0) throw badParameter('TOS: An action is required')
  },
  compile: (p) => (state) => {
    const tos = (state.ip.tos & ~p.mask) ^ p.value
    if (tos !== state.ip.tos) state.setIp(state.ip.withTos(tos & 0xff))
    return 'CONTINUE'
  },
  print: (p) => ` TOS set ${hex2(p.value)}/${hex2(p.mask)}`,
  save: (p) => ` --set-tos ${hex2(p.value)}/${hex2(p.mask)}`,
})
