// -m state: the older spelling of conntrack's --ctstate.
import type { Argument } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import { badParameter } from '../xtables-error.js'
import { matchesState } from './conntrack.js'

const STATES = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED'] as const
type StateName = (typeof STATES)[number]

interface Params {
  states: Set<StateName>
  inverted: boolean
}

const stateWords: Argument<Set<StateName>> = {
  hint: '[INVALID|ESTABLISHED|NEW|RELATED|UNTRACKED][,...]',
  parse(text) {
    const found = new Set<StateName>()
    for (const word of text.split(',')) {
      const name = STATES.find((each) => word !== '' && each.startsWith(word.toUpperCase()))
      if (word === '') throw badParameter('"--state" requires a list of states with no spaces, e.g. ESTABLISHED,RELATED')
      if (name === undefined) throw badParameter(`Bad state "${text.slice(text.indexOf(word))}"`)
      found.add(name)
    }
    return found
  },
}

const { option } = optionsOf<Params>()

export const stateMatch = defineMatch<Params>({
  name: 'state',
  help: 'state of the packet in its connection',
  needsConntrack: true,
  options: [
    option(
      'state',
      stateWords,
      (p, states, given) => {
        p.states = states
        p.inverted = given.inverted
      },
      { invert: true, mandatory: true },
    ),
  ],
  init: () => ({ states: new Set(), inverted: false }),
  compile: (p) => (state) => matchesState(state, p.states) !== p.inverted,
  print: (p) => `${p.inverted ? ' !' : ''} state ${listed(p)}`,
  save: (p) => `${p.inverted ? ' !' : ''} --state ${listed(p)}`,
})

function listed(p: Params): string {
  return STATES.filter((each) => p.states.has(each)).join(',')
}
