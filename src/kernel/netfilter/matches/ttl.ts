// -m ttl: the packet's time to live.
import { unsigned } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import { badParameter } from '../xtables-error.js'

type Comparison = 'eq' | 'ne' | 'lt' | 'gt'

interface Params {
  comparison: Comparison | null
  ttl: number
}

const SIGNS: Record<Comparison, string> = { eq: '==', ne: '!=', lt: '<', gt: '>' }
const { option } = optionsOf<Params>()

function set(p: Params, comparison: Comparison, ttl: number): void {
  p.comparison = comparison
  p.ttl = ttl
}

export const ttlMatch = defineMatch<Params>({
  name: 'ttl',
  help: 'time to live',
  options: [
    option('ttl-lt', unsigned(255), (p, v) => set(p, 'lt', v), { excludes: ['ttl-eq', 'ttl-gt'] }),
    option('ttl-gt', unsigned(255), (p, v) => set(p, 'gt', v), { excludes: ['ttl-eq', 'ttl-lt'] }),
    option('ttl-eq', unsigned(255), (p, v, given) => set(p, given.inverted ? 'ne' : 'eq', v), {
      invert: true,
      excludes: ['ttl-lt', 'ttl-gt'],
    }),
    option('ttl', unsigned(255), (p, v, given) => set(p, given.inverted ? 'ne' : 'eq', v), {
      invert: true,
      hidden: true,
      canonical: 'ttl-eq',
    }),
  ],
  init: () => ({ comparison: null, ttl: 0 }),
  finish(p) {
    if (p.comparison === null) throw badParameter("TTL match: You must specify one of `--ttl-eq', `--ttl-lt', `--ttl-gt")
  },
  compile: (p) => (state) => {
    const { ttl } = state.ip
    switch (p.comparison) {
      case 'lt':
        return ttl < p.ttl
      case 'gt':
        return ttl > p.ttl
      case 'ne':
        return ttl !== p.ttl
      default:
        return ttl === p.ttl
    }
  },
  print: (p) => ` TTL match TTL ${SIGNS[p.comparison!]} ${p.ttl}`,
  save: (p) => (p.comparison === 'ne' ? ` ! --ttl-eq ${p.ttl}` : ` --ttl-${p.comparison} ${p.ttl}`),
})
