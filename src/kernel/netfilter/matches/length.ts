// -m length: the length of the IP packet.
import type { Range } from '../arguments.js'
import { rangeText, unsignedRange } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'

interface Params {
  range: Range
  inverted: boolean
}

const { option } = optionsOf<Params>()

export const lengthMatch = defineMatch<Params>({
  name: 'length',
  help: 'length of the IP packet',
  options: [
    option(
      'length',
      unsignedRange(65535),
      (p, range, given) => {
        p.range = range
        p.inverted = given.inverted
      },
      { invert: true, mandatory: true },
    ),
  ],
  init: () => ({ range: { min: 0, max: 65535 }, inverted: false }),
  compile: (p) => (state) => (state.ip.length >= p.range.min && state.ip.length <= p.range.max) !== p.inverted,
  print: (p) => ` length ${p.inverted ? '!' : ''}${rangeText(p.range)}`,
  save: (p) => `${p.inverted ? ' !' : ''} --length ${rangeText(p.range)}`,
})
