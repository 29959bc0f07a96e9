// -m connlimit: how many connections a host or network has.
import { maskOf } from '../../../addr/ipv4.js'
import { unsigned } from '../arguments.js'
import { IPS_DYING } from '../connection.js'
import { defineMatch, optionsOf } from '../extension.js'
import type { HookState } from '../hook-state.js'
import { badParameter } from '../xtables-error.js'

interface Params {
  limit: number
  /** True for --connlimit-upto. */
  upTo: boolean
  length: number
  side: 'src' | 'dst'
}

const { option, flag } = optionsOf<Params>()

export const connlimitMatch = defineMatch<Params>({
  name: 'connlimit',
  help: 'how many connections a host or network has',
  needsConntrack: true,
  options: [
    option(
      'connlimit-upto',
      unsigned(0xffffffff),
      (p, v, given) => {
        p.limit = v
        p.upTo = !given.inverted
      },
      { invert: true, excludes: ['connlimit-above'] },
    ),
    option(
      'connlimit-above',
      unsigned(0xffffffff),
      (p, v, given) => {
        p.limit = v
        p.upTo = given.inverted
      },
      { invert: true, excludes: ['connlimit-upto'] },
    ),
    option('connlimit-mask', unsigned(32), (p, v) => (p.length = v)),
    flag('connlimit-saddr', (p) => (p.side = 'src'), { excludes: ['connlimit-daddr'] }),
    flag('connlimit-daddr', (p) => (p.side = 'dst'), { excludes: ['connlimit-saddr'] }),
  ],
  init: () => ({ limit: 0, upTo: false, length: 32, side: 'src' }),
  finish(_p, seen) {
    if (!seen.has('connlimit-upto') && !seen.has('connlimit-above')) {
      throw badParameter('You must specify "--connlimit-above" or "--connlimit-upto".')
    }
  },
  compile: (p) => (state) => countFor(p, state) <= p.limit === p.upTo,
  print: (p) => ` #conn ${p.side}/${p.length} ${p.upTo ? '<=' : '>'} ${p.limit}`,
  save: (p) =>
    ` --connlimit-${p.upTo ? 'upto' : 'above'} ${p.limit} --connlimit-mask ${p.length} --connlimit-${p.side === 'src' ? 'saddr' : 'daddr'}`,
})

/** This packet's connection counts too, though its entry may not be in the table yet. */
function countFor(p: Params, state: HookState): number {
  const mask = maskOf(p.length)
  const own = state.pkt.ct
  const address = p.side === 'src' ? (own?.original.src ?? state.ip.src) : (own?.original.dst ?? state.ip.dst)
  let count = 1
  for (const each of state.netfilter.conntrack.list()) {
    if (each === own || each.has(IPS_DYING)) continue
    const other = p.side === 'src' ? each.original.src : each.original.dst
    const isOver = each.tcp !== null && (each.tcp.state === 'TIME_WAIT' || each.tcp.state === 'CLOSE')
    if (!isOver && ((other ^ address) & mask) === 0) count++
  }
  return count
}
