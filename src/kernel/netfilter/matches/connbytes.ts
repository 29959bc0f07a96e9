// -m connbytes: how much a connection has carried; needs nf_conntrack_acct, which it switches on.
import type { Argument } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import type { HookState } from '../hook-state.js'
import { badParameter } from '../xtables-error.js'

type Mode = 'packets' | 'bytes' | 'avgpkt'
type Side = 'original' | 'reply' | 'both'

interface Params {
  from: bigint
  /** null: no upper end. */
  to: bigint | null
  inverted: boolean
  mode: Mode | null
  side: Side | null
}

const MOST = (1n << 64n) - 1n

const range: Argument<{ from: bigint; to: bigint | null }> = {
  hint: '[from]:[to]',
  parse(text, place) {
    const number = (word: string, near: string): bigint => {
      const value = /^\d+$/.test(word) ? BigInt(word) : MOST + 1n
      if (value <= MOST) return value
      throw badParameter(`${place.extension}: bad value for option "--${place.option}" near "${near}", or out of range (0-${MOST}).\n`)
    }
    const colon = text.indexOf(':')
    const low = colon < 0 ? text : text.slice(0, colon)
    const high = colon < 0 ? '' : text.slice(colon + 1)
    const from = low === '' ? 0n : number(low, text)
    const to = high === '' ? null : number(high, high)
    if (to !== null && to < from) throw badParameter(`${from} should be less than ${to}`)
    return { from, to }
  },
}

function wordOf<W extends string>(option: string, words: readonly W[]): Argument<W> {
  return {
    hint: `{${words.join('|')}}`,
    parse(text) {
      const found = words.find((word) => word === text)
      if (found === undefined) throw badParameter(`Unknown --${option} \`${text}'`)
      return found
    },
  }
}

const { option } = optionsOf<Params>()

export const connbytesMatch = defineMatch<Params>({
  name: 'connbytes',
  help: 'how much the connection has carried',
  needsConntrack: true,
  options: [
    option(
      'connbytes',
      range,
      (p, value, given) => {
        p.from = value.from
        p.to = value.to
        p.inverted = given.inverted
      },
      { invert: true, mandatory: true },
    ),
    option('connbytes-dir', wordOf('connbytes-dir', ['original', 'reply', 'both'] as const), (p, v) => (p.side = v), { mandatory: true }),
    option('connbytes-mode', wordOf('connbytes-mode', ['packets', 'bytes', 'avgpkt'] as const), (p, v) => (p.mode = v), {
      mandatory: true,
    }),
  ],
  init: () => ({ from: 0n, to: null, inverted: false, mode: null, side: null }),
  attach(_p, netfilter) {
    netfilter.conntrack.settings.acct = 1
  },
  compile: (p) => (state) => {
    const value = amount(p, state)
    return value !== null && (value >= p.from && (p.to === null || value <= p.to)) !== p.inverted
  },
  print: (p) => `${p.inverted ? ' !' : ''} connbytes ${rangeText(p)} connbytes mode ${p.mode} connbytes direction ${p.side}`,
  save: (p) => `${p.inverted ? ' !' : ''} --connbytes ${rangeText(p)} --connbytes-mode ${p.mode} --connbytes-dir ${p.side}`,
})

function amount(p: Params, { pkt }: HookState): bigint | null {
  const counters = pkt.ct?.counters ?? null
  if (counters === null) return null
  const sum = (pair: readonly [number, number]): number => (p.side === 'both' ? pair[0] + pair[1] : pair[p.side === 'reply' ? 1 : 0])
  const packets = sum(counters.packets)
  const bytes = sum(counters.bytes)
  if (p.mode === 'packets') return BigInt(packets)
  if (p.mode === 'bytes') return BigInt(bytes)
  return packets === 0 ? 0n : BigInt(Math.floor(bytes / packets))
}

function rangeText(p: Params): string {
  return p.to === null ? String(p.from) : `${p.from}:${p.to}`
}
