// -j TTL: sets or shifts the time to live.
import { unsigned } from '../arguments.js'
import { defineTarget, optionsOf } from '../extension.js'
import { badParameter } from '../xtables-error.js'

type Mode = 'set' | 'inc' | 'dec'

interface Params {
  mode: Mode | null
  value: number
}

const WORDS: Record<Mode, string> = { set: 'set to', inc: 'increment by', dec: 'decrement by' }
const { option } = optionsOf<Params>()

function set(p: Params, mode: Mode, value: number): void {
  p.mode = mode
  p.value = value
}

export const ttlTarget = defineTarget<Params>({
  name: 'TTL',
  help: 'sets or shifts the time to live',
  tables: ['mangle'],
  options: [
    option('ttl-set', unsigned(255), (p, v) => set(p, 'set', v), { excludes: ['ttl-inc', 'ttl-dec'] }),
    option('ttl-dec', unsigned(255, 1), (p, v) => set(p, 'dec', v), { excludes: ['ttl-inc', 'ttl-set'] }),
    option('ttl-inc', unsigned(255, 1), (p, v) => set(p, 'inc', v), { excludes: ['ttl-dec', 'ttl-set'] }),
  ],
  init: () => ({ mode: null, value: 0 }),
  finish(p) {
    if (p.mode === null) throw badParameter('TTL: You must specify an action')
  },
  compile: (p) => (state) => {
    const { ttl } = state.ip
    const next = p.mode === 'set' ? p.value : Math.min(255, Math.max(0, p.mode === 'inc' ? ttl + p.value : ttl - p.value))
    if (next !== ttl) state.setIp(state.ip.withTtl(next))
    return 'CONTINUE'
  },
  print: (p) => ` TTL ${WORDS[p.mode!]} ${p.value}`,
  save: (p) => ` --ttl-${p.mode} ${p.value}`,
})
