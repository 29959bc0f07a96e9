// -m connlimit: how many connections a host or network has.
import { maskOf } from '../../../addr/ipv4.js'
import { unsigned } from '../arguments.js'
import type { Connection } from '../connection.js'
import { IPS_CONFIRMED, IPS_DYING } from '../connection.js'
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

export const connlimitMatch = defineMatch<Params, Map<number, Set<Connection>>>({
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
  memory: () => new Map<number, Set<Connection>>(),
  compile: (p, seen) => (state) => countFor(p, seen, state) <= p.limit === p.upTo,
  print: (p) => ` #conn ${p.side}/${p.length} ${p.upTo ? '<=' : '>'} ${p.limit}`,
  save: (p) =>
    ` --connlimit-${p.upTo ? 'upto' : 'above'} ${p.limit} --connlimit-mask ${p.length} --connlimit-${p.side === 'src' ? 'saddr' : 'daddr'}`,
})

/** Each rule counts the connections it has seen, by the packet's own address; those that are over no longer count. */
function countFor(p: Params, seen: Map<number, Set<Connection>>, state: HookState): number {
  const { ct } = state.pkt
  const address = (p.side === 'src' ? state.ip.src : state.ip.dst) & maskOf(p.length)
  let connections = seen.get(address)
  if (connections === undefined) seen.set(address, (connections = new Set()))
  if (ct !== null) connections.add(ct)
  for (const each of connections) if (each !== ct && isOver(each, state.nowUs)) connections.delete(each)
  return connections.size
}

function isOver(connection: Connection, nowUs: number): boolean {
  if (connection.has(IPS_DYING)) return true
  if (connection.has(IPS_CONFIRMED) && connection.expiresUs <= nowUs) return true
  return connection.tcp !== null && (connection.tcp.state === 'TIME_WAIT' || connection.tcp.state === 'CLOSE')
}
