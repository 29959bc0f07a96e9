// -m statistic: every n-th packet, or some of them by chance.
import type { Random } from '../../../sim/random.js'
import type { Argument } from '../arguments.js'
import { oneOf, unsigned } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import { badParameter } from '../xtables-error.js'

interface Params {
  mode: 'random' | 'nth' | null
  probability: number
  every: number
  packet: number
  inverted: boolean
}

const UNIT = 0x80000000

const probabilityArgument: Argument<number> = {
  hint: 'p',
  parse(text, place) {
    const value = Number(text)
    if (text === '' || Number.isNaN(value) || value < 0 || value > 1) {
      throw badParameter(`${place.extension}: bad value for option "--${place.option}", or out of range (0-1).\n`)
    }
    return Math.round(value * UNIT)
  },
}

const { option } = optionsOf<Params>()

export const statisticMatch = defineMatch<Params, { readonly random: Random; count: number }>({
  name: 'statistic',
  help: 'every n-th packet, or by chance',
  options: [
    option(
      'mode',
      oneOf('{random|nth}', ['random', 'nth'] as const, (value) => `Bad mode "${value}"`),
      (p, mode) => (p.mode = mode),
      { mandatory: true },
    ),
    option(
      'probability',
      probabilityArgument,
      (p, v, given) => {
        p.probability = v
        p.inverted = given.inverted
      },
      { invert: true },
    ),
    option(
      'every',
      unsigned(0xffffffff, 1),
      (p, v, given) => {
        p.every = v
        p.inverted = given.inverted
      },
      { invert: true, requires: ['packet'] },
    ),
    option('packet', unsigned(0xffffffff), (p, v) => (p.packet = v), { requires: ['every'] }),
  ],
  init: () => ({ mode: null, probability: 0, every: 1, packet: 0, inverted: false }),
  finish(p, seen) {
    if ((p.mode ?? 'random') === 'random' && !seen.has('probability'))
      throw badParameter('--probability must be specified when using random mode')
    if (p.mode === 'nth' && !seen.has('every')) throw badParameter('--every and --packet must be specified when using nth mode')
    if (p.mode === 'nth' && seen.has('packet') && p.packet >= p.every) throw badParameter('the --packet p must be 0 <= p <= n-1')
  },
  memory: (p, netfilter) => ({ random: netfilter.netns.kernel.random, count: p.every - 1 - p.packet }),
  compile(p, memory) {
    return () => {
      if (p.mode === 'random') return memory.random.below(UNIT) < p.probability !== p.inverted
      memory.count = (memory.count + 1) % p.every
      return (memory.count === 0) !== p.inverted
    }
  },
  print: (p) => ` statistic mode ${p.mode}${describe(p, '')}`,
  save: (p) => ` --mode ${p.mode}${describe(p, '--')}`,
})

function describe(p: Params, dashes: string): string {
  const not = p.inverted ? ' !' : ''
  if (p.mode === 'random') return `${not} ${dashes}probability ${(p.probability / UNIT).toFixed(11)}`
  return `${not} ${dashes}every ${p.every} ${dashes}packet ${p.packet}`
}
