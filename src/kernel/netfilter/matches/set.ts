// -m set: is the packet's address (or address and port) a member of an ipset?

import type { Argument } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import type { IpSets } from '../ipset.js'
import { probeOf } from '../set-probe.js'
import { badParameter } from '../xtables-error.js'

interface Params {
  name: string
  directions: readonly string[]
  inverted: boolean
}

/** Two words: the set and the directions. */
export const setAndDirections: Argument<{ name: string; directions: readonly string[] }> = {
  hint: 'name flags',
  words: 2,
  parse(text, place) {
    const [name = '', flags] = text.split('\0')
    if (flags === undefined || flags.startsWith('-')) throw badParameter(`--${place.option} requires two args.`)
    if (!place.context.setExists(name)) throw badParameter(`Set ${name} doesn't exist.\n`)
    const directions = flags.split(',')
    for (const word of directions) {
      if (word !== 'src' && word !== 'dst') throw badParameter(`You must spefify (the comma separated list of) 'src' or 'dst'.`)
    }
    return { name, directions }
  },
}

const { option } = optionsOf<Params>()

export const setMatch = defineMatch<Params, IpSets>({
  name: 'set',
  help: 'membership in an ipset',
  options: [
    option(
      'match-set',
      setAndDirections,
      (p, value, given) => {
        p.name = value.name
        p.directions = value.directions
        p.inverted = given.inverted
      },
      { invert: true },
    ),
  ],
  init: () => ({ name: '', directions: [], inverted: false }),
  finish(_p, seen) {
    if (seen.size === 0) throw badParameter("You must specify `--match-set' with proper arguments")
  },
  attach(p, netfilter) {
    const set = netfilter.sets.get(p.name)
    if (set !== null) set.references++
  },
  detach(p, netfilter) {
    const set = netfilter.sets.get(p.name)
    if (set !== null) set.references--
  },
  memory: (_p, netfilter) => netfilter.sets,
  compile: (p, sets) => (state) => {
    const found = sets.get(p.name)?.test(probeOf(state, p.directions)) ?? null
    if (found !== null) {
      found.packets++
      found.bytes += state.ip.length
    }
    return (found !== null) !== p.inverted
  },
  print: (p) => `${p.inverted ? ' !' : ''} match-set ${p.name} ${p.directions.join(',')}`,
  save: (p) => `${p.inverted ? ' !' : ''} --match-set ${p.name} ${p.directions.join(',')}`,
})
