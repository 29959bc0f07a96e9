// -m owner: who sent the packet; only for what this machine sends itself.
import type { Argument, Range } from '../arguments.js'
import { parseUnsigned } from '../arguments.js'
import type { Given } from '../extension.js'
import { defineMatch, optionsOf } from '../extension.js'
import { badParameter } from '../xtables-error.js'

interface Id {
  readonly range: Range
  readonly inverted: boolean
}

interface Params {
  uid: Id | null
  gid: Id | null
  socket: boolean | null
  groups: boolean
}

function idArgument(kind: 'user' | 'group'): Argument<Range> {
  return {
    hint: kind === 'user' ? 'userid[-userid]' : 'groupid[-groupid]',
    parse(text, place) {
      const known = kind === 'user' ? place.context.user(text) : place.context.group(text)
      if (known !== null) return { min: known, max: known }
      const [low = '', high] = text.split('-')
      const min = parseUnsigned(low)
      const max = high === undefined ? min : parseUnsigned(high)
      if (min === null || max === null) throw badParameter(`owner: Bad value for "--${place.option}" option: "${text}"`)
      return { min, max }
    },
  }
}

const { option, flag } = optionsOf<Params>()
const id = (range: Range, given: Given): Id => ({ range, inverted: given.inverted })

export const ownerMatch = defineMatch<Params>({
  name: 'owner',
  help: 'user that sent the packet',
  hooks: ['OUTPUT', 'POSTROUTING'],
  options: [
    option('uid-owner', idArgument('user'), (p, range, given) => (p.uid = id(range, given)), { invert: true }),
    option('gid-owner', idArgument('group'), (p, range, given) => (p.gid = id(range, given)), { invert: true }),
    flag('socket-exists', (p, given) => (p.socket = !given.inverted), { invert: true }),
    flag('suppl-groups', (p, given) => {
      if (!given.seen.has('gid-owner'))
        throw badParameter('owner: Bad value for "--suppl-groups" option: "you need to use --gid-owner first"')
      p.groups = true
    }),
  ],
  init: () => ({ uid: null, gid: null, socket: null, groups: false }),
  // Differs: packets carry their sender's user; the group is taken to be the user's own of the same number.
  compile: (p) => (state) => {
    const { uid } = state.pkt
    if (p.socket !== null && uid >= 0 !== p.socket) return false
    return holds(p.uid, uid) && holds(p.gid, uid)
  },
  print: (p) => text(p, ' owner UID match ', ' owner GID match ', ' owner socket exists', ' incl. suppl. groups'),
  save: (p) => text(p, ' --uid-owner ', ' --gid-owner ', ' --socket-exists', ' --suppl-groups'),
})

function holds(wanted: Id | null, uid: number): boolean {
  if (wanted === null) return true
  return uid >= 0 && (uid >= wanted.range.min && uid <= wanted.range.max) !== wanted.inverted
}

function text(p: Params, ...labels: readonly [string, string, string, string]): string {
  const [uid, gid, socket, groups] = labels
  const part = (label: string, value: Id | null): string =>
    value === null
      ? ''
      : `${value.inverted ? ' !' : ''}${label}${value.range.min}${value.range.max === value.range.min ? '' : `-${value.range.max}`}`
  const exists = p.socket === null ? '' : `${p.socket ? '' : ' !'}${socket}`
  return exists + part(uid, p.uid) + part(gid, p.gid) + (p.groups ? groups : '')
}
