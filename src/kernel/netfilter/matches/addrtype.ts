// -m addrtype: what kind of address source or destination is to this machine's routes.
import { isMulticastIpv4 } from '../../../addr/ipv4.js'
import { routeOutput } from '../../route.js'
import type { Argument } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import type { HookState } from '../hook-state.js'
import { badParameter } from '../xtables-error.js'

const TYPES = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
] as const
type TypeName = (typeof TYPES)[number]

interface Types {
  readonly names: ReadonlySet<TypeName>
  readonly inverted: boolean
}

interface Params {
  source: Types | null
  destination: Types | null
  limitIn: boolean
  limitOut: boolean
}

const typeList: Argument<ReadonlySet<TypeName>> = {
  hint: 'type[,...]',
  parse(text) {
    const found = new Set<TypeName>()
    for (const word of text.split(',')) {
      const name = TYPES.find((each) => word !== '' && each.startsWith(word.toUpperCase()))
      if (name === undefined) throw badParameter(`addrtype: bad type "${text.slice(text.indexOf(word))}"`)
      found.add(name)
    }
    return found
  },
}

const { option, flag } = optionsOf<Params>()

export const addrtypeMatch = defineMatch<Params>({
  name: 'addrtype',
  help: 'kind of an address: LOCAL, UNICAST, BROADCAST, ...',
  options: [
    option('src-type', typeList, (p, names, given) => (p.source = { names, inverted: given.inverted }), { invert: true }),
    option('dst-type', typeList, (p, names, given) => (p.destination = { names, inverted: given.inverted }), { invert: true }),
    flag('limit-iface-in', (p) => (p.limitIn = true), { excludes: ['limit-iface-out'] }),
    flag('limit-iface-out', (p) => (p.limitOut = true), { excludes: ['limit-iface-in'] }),
  ],
  init: () => ({ source: null, destination: null, limitIn: false, limitOut: false }),
  finish(p) {
    if (p.source === null && p.destination === null) throw badParameter('addrtype: you must specify --src-type or --dst-type')
  },
  check(p, place) {
    const { hooks } = place
    if (p.limitOut && hooks.some((hook) => hook === 'PREROUTING' || hook === 'INPUT')) {
      return 'xt_addrtype: output interface limitation not valid in PREROUTING and INPUT'
    }
    if (p.limitIn && hooks.some((hook) => hook === 'POSTROUTING' || hook === 'OUTPUT')) {
      return 'xt_addrtype: input interface limitation not valid in POSTROUTING and OUTPUT'
    }
    return null
  },
  compile: (p) => (state) => {
    const { ip } = state
    if (p.source !== null && is(ip.src, p.source, p, state) === p.source.inverted) return false
    return p.destination === null || is(ip.dst, p.destination, p, state) !== p.destination.inverted
  },
  print: (p) =>
    ` ADDRTYPE match${typesText(' ', 'src-type', p.source)}${typesText(' ', 'dst-type', p.destination)}${limits(p, ' limit-in', ' limit-out')}`,
  save: (p) =>
    `${savedTypes('src-type', p.source)}${savedTypes('dst-type', p.destination)}${limits(p, ' --limit-iface-in', ' --limit-iface-out')}`,
})

function is(address: number, types: Types, p: Params, state: HookState): boolean {
  return types.names.has(typeOf(address, p, state))
}

/** inet_dev_addr_type: multicast and broadcast by their numbers, the rest by the local table and routes. */
function typeOf(address: number, p: Params, state: HookState): TypeName {
  if (address >>> 24 === 0 || address === -1) return 'BROADCAST'
  if (isMulticastIpv4(address)) return 'MULTICAST'
  const dev = p.limitIn ? state.inDev : p.limitOut ? state.outDev : null
  const { netns } = state
  for (const each of netns.devicesByIndex.values()) {
    if (dev !== null && each !== dev) continue
    if (!each.isUp) continue
    for (const own of each.addresses) {
      if (own.local === address) return 'LOCAL'
      if (own.broadcast === address) return 'BROADCAST'
    }
  }
  const result = routeOutput(netns, { dst: address })
  if (typeof result === 'string') return 'UNICAST'
  const name = TYPES.find((each) => each === result.type.toUpperCase())
  return name ?? 'UNICAST'
}

function names(types: Types): string {
  return TYPES.filter((each) => types.names.has(each)).join(',')
}

function typesText(blank: string, label: string, types: Types | null): string {
  return types === null ? '' : `${blank}${label} ${types.inverted ? '!' : ''}${names(types)}`
}

function savedTypes(label: string, types: Types | null): string {
  return types === null ? '' : `${types.inverted ? ' !' : ''} --${label} ${names(types)}`
}

function limits(p: Params, onIn: string, onOut: string): string {
  return (p.limitIn ? onIn : '') + (p.limitOut ? onOut : '')
}
