// -m limit: a token bucket for the whole rule.
import type { Argument } from '../arguments.js'
import { unsigned } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import { badParameter } from '../xtables-error.js'

interface Params {
  /** Ten-thousandths of a second between two packets. */
  average: number
  burst: number
}

/** The kernel's unit: a ten-thousandth of a second. */
export const LIMIT_SCALE = 10_000

const UNITS = [
  ['day', 24 * 60 * 60 * LIMIT_SCALE],
  ['hour', 60 * 60 * LIMIT_SCALE],
  ['min', 60 * LIMIT_SCALE],
  ['sec', LIMIT_SCALE],
] as const

const FULL_UNITS: Record<string, number> = { second: 1, minute: 60, hour: 3600, day: 86400 }

/** `3/minute`; null when it is no rate. */
export function parseRate(text: string): number | null {
  const slash = text.indexOf('/')
  let unit = 1
  if (slash >= 0) {
    const word = text.slice(slash + 1).toLowerCase()
    const found = Object.keys(FULL_UNITS).find((each) => word !== '' && each.startsWith(word))
    if (found === undefined) return null
    unit = FULL_UNITS[found]!
  }
  const count = Number.parseInt(text, 10)
  if (Number.isNaN(count) || count === 0) return null
  if (count / unit > LIMIT_SCALE) throw badParameter(`Rate too fast "${text}"`)
  return Math.trunc((LIMIT_SCALE * unit) / count)
}

/** In the largest unit that loses nothing much: `1000/hour` stays so, `60/min` is `1/sec`. */
export function rateText(period: number): string {
  let best: (typeof UNITS)[number] = UNITS[0]
  for (const unit of UNITS.slice(1)) {
    const length = unit[1]
    if (period > length || Math.trunc(length / period) < length % period) break
    best = unit
  }
  return `${Math.trunc(best[1] / period)}/${best[0]}`
}

const rate: Argument<number> = {
  hint: 'avg',
  parse(text) {
    const period = parseRate(text)
    if (period === null) throw badParameter(`bad rate "${text}"'`)
    return period
  },
}

const { option } = optionsOf<Params>()

export const limitMatch = defineMatch<Params, { creditUs: number; lastUs: number }>({
  name: 'limit',
  help: 'so many packets a second, minute, hour or day',
  options: [
    option('limit', rate, (p, average) => (p.average = average)),
    option('limit-burst', unsigned(10_000), (p, burst) => (p.burst = burst)),
  ],
  init: () => ({ average: parseRate('3/hour')!, burst: 5 }),
  memory: (p, netfilter) => ({ creditUs: costOf(p) * p.burst, lastUs: netfilter.nowUs }),
  compile(p, memory) {
    const costUs = costOf(p)
    const capUs = costUs * p.burst
    return (state) => {
      memory.creditUs = Math.min(memory.creditUs + state.nowUs - memory.lastUs, capUs)
      memory.lastUs = state.nowUs
      if (memory.creditUs < costUs) return false
      memory.creditUs -= costUs
      return true
    }
  },
  print: (p) => ` limit: avg ${rateText(p.average)} burst ${p.burst}`,
  save: (p) => ` --limit ${rateText(p.average)}${p.burst === 5 ? '' : ` --limit-burst ${p.burst}`}`,
})

function costOf(p: Params): number {
  return (p.average * 1_000_000) / LIMIT_SCALE
}
