// -m hashlimit: a token bucket for each address, port or pair of them.

import { maskOf } from '../../../addr/ipv4.js'
import { isPorted } from '../../../wire/ipv4.js'
import type { Argument } from '../arguments.js'
import { unsigned } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import type { HookState } from '../hook-state.js'
import { badParameter } from '../xtables-error.js'

type Key = 'srcip' | 'srcport' | 'dstip' | 'dstport'

interface Rate {
  /** Packets (or bytes) a second. */
  readonly perSecond: number
  readonly isBytes: boolean
  readonly text: string
}

interface Params {
  rate: Rate | null
  above: boolean
  burst: string | null
  mode: readonly Key[]
  name: string
  sizes: Map<string, number>
  srcmask: number
  dstmask: number
  rateMatch: boolean
}

interface Bucket {
  credit: number
  lastUs: number
}

const KEYS: readonly Key[] = ['dstip', 'srcip', 'dstport', 'srcport']
const UNITS: readonly (readonly [string, number])[] = [
  ['day', 86400],
  ['hour', 3600],
  ['min', 60],
  ['sec', 1],
]
const BYTES: Record<string, number> = { '': 1, k: 1024, m: 1024 * 1024 }
const SIZES = ['htable-size', 'htable-max', 'htable-gcinterval', 'htable-expire'] as const
const MOST_PER_SECOND = 1_000_000

const rateArgument: Argument<Rate> = {
  hint: 'rate',
  parse(text) {
    const bytes = /^(\d+)([km]?)b\/s$/i.exec(text)
    if (bytes !== null) return { perSecond: Number(bytes[1]) * BYTES[bytes[2]!.toLowerCase()]!, isBytes: true, text: text.toLowerCase() }
    const [countText = '', unitText] = text.split('/')
    const seconds =
      unitText === undefined
        ? 1
        : UNITS.find(
            ([unit]) =>
              unitText !== '' && (unit.startsWith(unitText) || `${unit}ute`.startsWith(unitText) || `${unit}ond`.startsWith(unitText)),
          )?.[1]
    const count = Number(countText)
    if (seconds === undefined || !Number.isInteger(count) || count === 0) throw badParameter(`bad rate "${text}"'`)
    if (count / seconds > MOST_PER_SECOND) throw badParameter(`Rate too fast "${text}"`)
    return { perSecond: count / seconds, isBytes: false, text: packetRate(count / seconds) }
  },
}

function packetRate(perSecond: number): string {
  for (const [unit, seconds] of [...UNITS].reverse()) {
    const count = perSecond * seconds
    if (count >= 0.999999 && Math.abs(count - Math.round(count)) < 1e-6) return `${Math.round(count)}/${unit}`
  }
  return `${Math.trunc(perSecond * 86400)}/day`
}

const modeArgument: Argument<readonly Key[]> = {
  hint: 'mode[,mode...]',
  parse(text) {
    const words = text.split(',')
    for (const word of words)
      if (!KEYS.includes(word as Key)) throw badParameter(`hashlimit: Bad value for "--hashlimit-mode" option: "${word}"`)
    return KEYS.filter((key) => words.includes(key))
  },
}

const { option, flag } = optionsOf<Params>()

function setRate(p: Params, rate: Rate, above: boolean): void {
  p.rate = rate
  p.above = above
}

export const hashlimitMatch = defineMatch<Params, Map<string, Bucket>>({
  name: 'hashlimit',
  help: 'a rate for each address or port',
  options: [
    option('hashlimit-upto', rateArgument, (p, v, given) => setRate(p, v, given.inverted), { invert: true, excludes: ['hashlimit-above'] }),
    option('hashlimit-above', rateArgument, (p, v, given) => setRate(p, v, !given.inverted), {
      invert: true,
      excludes: ['hashlimit-upto'],
    }),
    option('hashlimit', rateArgument, (p, v, given) => setRate(p, v, given.inverted), { invert: true, hidden: true }),
    option('hashlimit-burst', { hint: 'number', parse: (text: string) => text.toLowerCase() }, (p, v) => (p.burst = v)),
    ...SIZES.map((name) => option(`hashlimit-${name}`, unsigned(0xffffffff), (p, v) => void p.sizes.set(name, v))),
    option('hashlimit-mode', modeArgument, (p, v) => (p.mode = v)),
    option('hashlimit-name', { hint: 'name', parse: (text: string) => text }, (p, v) => (p.name = v), { mandatory: true }),
    option('hashlimit-srcmask', unsigned(32), (p, v) => (p.srcmask = v)),
    option('hashlimit-dstmask', unsigned(32), (p, v) => (p.dstmask = v)),
    flag('hashlimit-rate-match', (p) => (p.rateMatch = true)),
    option('hashlimit-rate-interval', unsigned(0xffffffff), (p, v) => void p.sizes.set('rate-interval', v)),
  ],
  init: () => ({ rate: null, above: false, burst: null, mode: [], name: '', sizes: new Map(), srcmask: 32, dstmask: 32, rateMatch: false }),
  finish(p) {
    if (p.rate === null) throw badParameter('You have to specify --hashlimit')
    if (!p.rate.isBytes) p.burst ??= '5'
  },
  // Differs: buckets belong to the rule, not to the name, and are not shown under /proc.
  memory: () => new Map<string, Bucket>(),
  compile: (p, buckets) => (state) => isOver(p, buckets, state) === p.above,
  print: (p) => ` limit: ${p.above ? 'above' : 'up to'} ${shownRate(p)}${describe(p, ' ', false)}`,
  save: (p) => ` --hashlimit-${p.above ? 'above' : 'upto'} ${p.rate!.text}${describe(p, ' --hashlimit-', true)}`,
})

function isOver(p: Params, buckets: Map<string, Bucket>, state: HookState): boolean {
  const rate = p.rate!
  const cost = rate.isBytes ? state.ip.length : 1
  const capacity = burstOf(p)
  const key = keyOf(p, state)
  let bucket = buckets.get(key)
  if (bucket === undefined) buckets.set(key, (bucket = { credit: capacity, lastUs: state.nowUs }))
  bucket.credit = Math.min(capacity, bucket.credit + ((state.nowUs - bucket.lastUs) / 1_000_000) * rate.perSecond)
  bucket.lastUs = state.nowUs
  if (bucket.credit < cost) return true
  bucket.credit -= cost
  return false
}

function burstOf(p: Params): number {
  if (!p.rate!.isBytes) return Number(p.burst)
  const given = /^(\d+)([km]?)b?$/.exec(p.burst ?? '')
  return given === null ? p.rate!.perSecond : Number(given[1]) * BYTES[given[2]!]!
}

function keyOf(p: Params, { ip }: HookState): string {
  const { payload } = ip
  const hasPorts = isPorted(payload)
  let key = ''
  for (const part of p.mode) {
    if (part === 'srcip') key += `s${ip.src & maskOf(p.srcmask)}`
    else if (part === 'dstip') key += `d${ip.dst & maskOf(p.dstmask)}`
    else if (hasPorts) key += part === 'srcport' ? `:${payload.sport}` : `>${payload.dport}`
  }
  return key
}

/** With a rate interval the tool shows the rate of the whole interval. */
function shownRate(p: Params): string {
  const interval = p.sizes.get('rate-interval')
  return interval === undefined || p.rate!.isBytes ? p.rate!.text : packetRate(p.rate!.perSecond / interval)
}

function describe(p: Params, prefix: string, withName: boolean): string {
  let text = p.burst === null ? '' : `${prefix}burst ${p.burst}`
  if (p.mode.length > 0)
    text += `${prefix}mode ${(['srcip', 'srcport', 'dstip', 'dstport'] as const).filter((key) => p.mode.includes(key)).join(withName ? ',' : '-')}`
  if (withName) text += `${prefix}name ${p.name}`
  for (const name of SIZES) if (p.sizes.has(name)) text += `${prefix}${name} ${p.sizes.get(name)}`
  if (p.srcmask !== 32) text += `${prefix}srcmask ${p.srcmask}`
  if (p.dstmask !== 32) text += `${prefix}dstmask ${p.dstmask}`
  if (p.rateMatch) text += `${prefix}rate-match`
  return p.sizes.has('rate-interval') ? `${text}${prefix}rate-interval ${p.sizes.get('rate-interval')}` : text
}
