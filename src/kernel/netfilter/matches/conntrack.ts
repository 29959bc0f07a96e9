// -m conntrack: state, tuples, status and age of the packet's connection.
import { formatIpv4 } from '../../../addr/ipv4.js'
import type { AddressMask, Argument, Range } from '../arguments.js'
import { addressMask, portRange, protocol, rangeText, unsignedRange } from '../arguments.js'
import type { Connection } from '../connection.js'
import { IPS_ASSURED, IPS_CONFIRMED, IPS_DST_NAT, IPS_EXPECTED, IPS_SEEN_REPLY, IPS_SRC_NAT } from '../connection.js'
import type { Given } from '../extension.js'
import { defineMatch, optionsOf } from '../extension.js'
import type { HookState } from '../hook-state.js'
import { prefixText } from '../print-address.js'
import { badParameter } from '../xtables-error.js'

const STATES = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'] as const
const STATUSES = ['EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'] as const
const STATUS_BITS = { EXPECTED: IPS_EXPECTED, SEEN_REPLY: IPS_SEEN_REPLY, ASSURED: IPS_ASSURED, CONFIRMED: IPS_CONFIRMED }

type StateName = (typeof STATES)[number]
type StatusName = (typeof STATUSES)[number]

interface Not<T> {
  readonly value: T
  readonly inverted: boolean
}

interface Params {
  states: Not<Set<StateName>> | null
  proto: Not<number> | null
  addresses: { readonly name: AddressName; readonly not: Not<AddressMask> }[]
  ports: { readonly name: PortName; readonly not: Not<Range> }[]
  status: Not<Set<StatusName>> | null
  expire: Not<Range> | null
  direction: Not<'ORIGINAL' | 'REPLY'> | null
}

type AddressName = 'ctorigsrc' | 'ctorigdst' | 'ctreplsrc' | 'ctrepldst'
type PortName = 'ctorigsrcport' | 'ctorigdstport' | 'ctreplsrcport' | 'ctrepldstport'

/** Words separated by commas, each a known name or the beginning of one. */
function words<W extends string>(hint: string, known: readonly W[], complaint: (word: string) => string): Argument<Set<W>> {
  return {
    hint,
    parse(text) {
      const found = new Set<W>()
      for (const word of text.split(',')) {
        const name = known.find((each) => each.startsWith(word.toUpperCase()) && word !== '')
        if (name === undefined) throw badParameter(complaint(word === '' ? '' : text.slice(text.indexOf(word))))
        found.add(name)
      }
      return found
    },
  }
}

const stateWords = words('state[,state...]', STATES, (word) =>
  word === '' ? '"--ctstate" requires a list of states with no spaces, e.g. ESTABLISHED,RELATED' : `Bad ctstate "${word}"`,
)
const statusArgument: Argument<Set<StatusName>> = {
  hint: 'status[,status...]',
  parse(text, place) {
    if (text.toUpperCase() === 'NONE') return new Set()
    return words('', STATUSES, (word) => `Bad ctstatus "${word}"`).parse(text, place)
  },
}
const directionArgument: Argument<'ORIGINAL' | 'REPLY'> = {
  hint: '{ORIGINAL|REPLY}',
  parse(text, place) {
    const upper = text.toUpperCase()
    if (upper !== 'ORIGINAL' && upper !== 'REPLY') {
      throw badParameter(`${place.extension}: Bad value for "--ctdir" option: "${text}"`)
    }
    return upper
  },
}

const { option } = optionsOf<Params>()
const invertible = { invert: true }

function not<T>(value: T, given: Given): Not<T> {
  return { value, inverted: given.inverted }
}

const addressOptions = (['ctorigsrc', 'ctorigdst', 'ctreplsrc', 'ctrepldst'] as const).map((name) =>
  option(name, addressMask, (p, value, given) => void p.addresses.push({ name, not: not(value, given) }), invertible),
)
const portOptions = (['ctorigsrcport', 'ctorigdstport', 'ctreplsrcport', 'ctrepldstport'] as const).map((name) =>
  option(name, portRange, (p, value, given) => void p.ports.push({ name, not: not(value, given) }), invertible),
)

export const conntrackMatch = defineMatch<Params>({
  name: 'conntrack',
  help: 'state, tuples, status and age of the connection',
  needsConntrack: true,
  options: [
    option('ctstate', stateWords, (p, value, given) => (p.states = not(value, given)), invertible),
    option('ctproto', protocol, (p, value, given) => (p.proto = not(value, given)), invertible),
    ...addressOptions,
    option('ctstatus', statusArgument, (p, value, given) => (p.status = not(value, given)), invertible),
    option('ctexpire', unsignedRange(0xffffffff), (p, value, given) => (p.expire = not(value, given)), invertible),
    ...portOptions,
    option('ctdir', directionArgument, (p, value, given) => (p.direction = not(value, given)), {}),
  ],
  init: () => ({ states: null, proto: null, addresses: [], ports: [], status: null, expire: null, direction: null }),
  finish(_p, seen) {
    if (seen.size === 0) throw badParameter('conntrack: At least one option is required')
  },
  compile: (p) => {
    if (isStateOnly(p)) {
      const { value, inverted } = p.states!
      return (state) => matchesState(state, value) !== inverted
    }
    return (state) => matches(p, state)
  },
  print: (p, context) => describe(p, '', context.numeric),
  save: (p) => describe(p, '--', true),
})

function isStateOnly(p: Params): boolean {
  return (
    p.states !== null &&
    p.proto === null &&
    p.addresses.length === 0 &&
    p.ports.length === 0 &&
    p.status === null &&
    p.expire === null &&
    p.direction === null
  )
}

export function matchesState({ pkt }: HookState, states: ReadonlySet<StateName>): boolean {
  const { ct } = pkt
  if (ct === null) return states.has(pkt.ctState === 'UNTRACKED' ? 'UNTRACKED' : 'INVALID')
  if (states.has('SNAT') && ct.has(IPS_SRC_NAT)) return true
  if (states.has('DNAT') && ct.has(IPS_DST_NAT)) return true
  return pkt.ctState !== null && states.has(pkt.ctState)
}

function matches(p: Params, state: HookState): boolean {
  const { pkt } = state
  if (p.states !== null && matchesState(state, p.states.value) === p.states.inverted) return false
  const { ct } = pkt
  if (ct === null) return p.states !== null && isStateOnly(p)
  if (p.direction !== null && (pkt.ctDirection === 0) !== (p.direction.value === 'ORIGINAL')) return false
  if (p.proto !== null && (ct.original.proto === p.proto.value) === p.proto.inverted) return false
  for (const each of p.addresses) if (inPrefix(addressOf(ct, each.name), each.not.value) === each.not.inverted) return false
  for (const each of p.ports) if (inRange(portOf(ct, each.name), each.not.value) === each.not.inverted) return false
  if (p.status !== null && hasStatus(ct, p.status.value) === p.status.inverted) return false
  if (p.expire === null) return true
  const left = ct.has(IPS_CONFIRMED) ? Math.floor((ct.expiresUs - state.nowUs) / 1_000_000) : 0
  return inRange(left, p.expire.value) !== p.expire.inverted
}

function inPrefix(address: number, prefix: AddressMask): boolean {
  return ((address ^ prefix.address) & prefix.mask) === 0
}

function inRange(value: number, range: Range): boolean {
  return value >= range.min && value <= range.max
}

function hasStatus(ct: Connection, wanted: ReadonlySet<StatusName>): boolean {
  if (wanted.size === 0) return ct.status === 0
  for (const name of wanted) if (ct.has(STATUS_BITS[name])) return true
  return false
}

function addressOf(ct: Connection, name: AddressName): number {
  switch (name) {
    case 'ctorigsrc':
      return ct.original.src
    case 'ctorigdst':
      return ct.original.dst
    case 'ctreplsrc':
      return ct.reply.src
    case 'ctrepldst':
      return ct.reply.dst
  }
}

function portOf(ct: Connection, name: PortName): number {
  switch (name) {
    case 'ctorigsrcport':
      return ct.original.srcPort
    case 'ctorigdstport':
      return ct.original.dstPort
    case 'ctreplsrcport':
      return ct.reply.srcPort
    case 'ctrepldstport':
      return ct.reply.dstPort
  }
}

function describe(p: Params, dashes: string, numeric: boolean): string {
  const part = (name: string, each: Not<unknown> | null, value: string): string =>
    each === null ? '' : `${each.inverted ? ' !' : ''} ${dashes}${name} ${value}`
  const listed = <W extends string>(set: ReadonlySet<W> | undefined, order: readonly W[]): string =>
    order.filter((each) => set?.has(each)).join(',')
  let text = part('ctstate', p.states, listed(p.states?.value, STATES))
  text += part('ctproto', p.proto, String(p.proto?.value))
  for (const name of ['ctorigsrc', 'ctorigdst', 'ctreplsrc', 'ctrepldst'] as const) {
    const found = p.addresses.find((each) => each.name === name)
    if (found !== undefined) text += part(name, found.not, addressText(found.not.value, dashes !== '' || numeric))
  }
  for (const name of ['ctorigsrcport', 'ctorigdstport', 'ctreplsrcport', 'ctrepldstport'] as const) {
    const found = p.ports.find((each) => each.name === name)
    if (found !== undefined) text += part(name, found.not, rangeText(found.not.value))
  }
  text += part('ctstatus', p.status, p.status?.value.size === 0 ? 'NONE' : listed(p.status?.value, STATUSES))
  text += part('ctexpire', p.expire, p.expire === null ? '' : rangeText(p.expire.value))
  return text + part('ctdir', p.direction, p.direction?.value ?? '')
}

function addressText(prefix: AddressMask, numeric: boolean): string {
  return prefix.mask === 0 && !numeric ? 'anywhere' : prefix.mask === -1 ? formatIpv4(prefix.address) : prefixText(prefix)
}
