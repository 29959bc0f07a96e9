// -m recent: addresses seen lately, remembered by name.

import { formatIpv4 } from '../../../addr/ipv4.js'
import type { Argument } from '../arguments.js'
import { parseMask, unsigned } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import type { HookState } from '../hook-state.js'
import type { Netfilter, RecentEntry, RecentList } from '../hooks.js'
import { badParameter } from '../xtables-error.js'

type Mode = 'set' | 'rcheck' | 'update' | 'remove'

interface Params {
  mode: Mode | null
  inverted: boolean
  seconds: number
  reap: boolean
  hitcount: number
  rttl: boolean
  name: string
  mask: number
  side: 'source' | 'dest'
}

const MAX_STAMPS = 255

const WORDS: Record<Mode, string> = { set: 'SET', rcheck: 'CHECK', update: 'UPDATE', remove: 'REMOVE' }
const MODES: readonly Mode[] = ['set', 'rcheck', 'update', 'remove']
const { option, flag } = optionsOf<Params>()

const maskArgument: Argument<number> = {
  hint: 'netmask',
  parse(value) {
    const mask = parseMask(value)
    if (mask === null) throw badParameter(`recent: Bad value for "--mask" option: "${value}"`)
    return mask
  },
}

export const recentMatch = defineMatch<Params, RecentList>({
  name: 'recent',
  help: 'addresses seen lately',
  options: [
    ...MODES.map((mode) =>
      flag(
        mode,
        (p, given) => {
          p.mode = mode
          p.inverted = given.inverted
        },
        { invert: true, excludes: MODES.filter((each) => each !== mode) },
      ),
    ),
    option('seconds', unsigned(0xffffffff, 1), (p, v) => (p.seconds = v), { excludes: ['set', 'remove'] }),
    flag('reap', (p) => (p.reap = true), { requires: ['seconds'] }),
    option('hitcount', unsigned(0xffffffff), (p, v) => (p.hitcount = v), { excludes: ['set', 'remove'] }),
    flag('rttl', (p) => (p.rttl = true), { excludes: ['set', 'remove'] }),
    option('name', { hint: 'name', parse: (value) => value }, (p, name) => (p.name = name)),
    flag('rsource', (p) => (p.side = 'source')),
    flag('rdest', (p) => (p.side = 'dest')),
    option('mask', maskArgument, (p, mask) => (p.mask = mask)),
  ],
  init: () => ({
    mode: null,
    inverted: false,
    seconds: 0,
    reap: false,
    hitcount: 0,
    rttl: false,
    name: 'DEFAULT',
    mask: -1,
    side: 'source',
  }),
  finish(p) {
    if (p.mode === null) throw badParameter("recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'")
  },
  check: (p) => (p.hitcount > MAX_STAMPS ? `xt_recent: hitcount (${p.hitcount}) is larger than allowed maximum (${MAX_STAMPS})` : null),
  memory: (p, netfilter) => listOf(netfilter, p.name),
  compile: (p, list) => (state) => decide(p, list, state) !== p.inverted,
  print: (p) =>
    ` recent:${p.inverted ? ' !' : ''} ${WORDS[p.mode!]}${p.seconds === 0 ? '' : ` seconds: ${p.seconds}`}${p.reap ? ' reap' : ''}${p.hitcount === 0 ? '' : ` hit_count: ${p.hitcount}`}` +
    `${p.rttl ? ' TTL-Match' : ''} name: ${p.name} side: ${p.side} mask: ${formatIpv4(p.mask)}`,
  save: (p) =>
    `${p.inverted ? ' !' : ''} --${p.mode}${p.seconds === 0 ? '' : ` --seconds ${p.seconds}`}${p.reap ? ' --reap' : ''}${p.hitcount === 0 ? '' : ` --hitcount ${p.hitcount}`}` +
    `${p.rttl ? ' --rttl' : ''} --name ${p.name} --mask ${formatIpv4(p.mask)} --r${p.side}`,
})

/** Shared by all rules of the namespace that name it. */
function listOf(netfilter: Netfilter, name: string): RecentList {
  let list = netfilter.recent.get(name)
  if (list === undefined) netfilter.recent.set(name, (list = new Map()))
  return list
}

function decide(p: Params, list: RecentList, state: HookState): boolean {
  const { ip, nowUs } = state
  const address = (p.side === 'source' ? ip.src : ip.dst) & p.mask
  const seen = list.get(address)
  if (p.mode === 'set') {
    if (seen === undefined) list.set(address, { ttl: ip.ttl, stampsUs: [nowUs] })
    else stamp(seen, nowUs, ip.ttl)
    return true
  }
  if (seen === undefined || (p.rttl && seen.ttl !== ip.ttl)) return false
  if (p.mode === 'remove') return list.delete(address)
  const since = p.seconds === 0 ? -Infinity : nowUs - p.seconds * 1_000_000
  const hits = seen.stampsUs.filter((at) => at >= since).length
  if (p.reap) seen.stampsUs = seen.stampsUs.filter((at) => at >= since)
  const found = hits >= Math.max(p.hitcount, 1)
  if (p.mode === 'update' && found) stamp(seen, nowUs, ip.ttl)
  return found
}

function stamp(seen: RecentEntry, nowUs: number, ttl: number): void {
  seen.ttl = ttl
  seen.stampsUs.push(nowUs)
  if (seen.stampsUs.length > MAX_STAMPS) seen.stampsUs.shift()
}
