// The words of `ip link add` and `ip link set`, up to `type` (and of a veth's `peer`).
import type { MacAddress } from '../../addr/mac.js'
import {
  duplicateArgument,
  duplicateOrGarbage,
  findKeyword,
  type Keyword,
  type KeywordList,
  UsageError,
  type Words,
  wrongArgument,
} from '../../grammar/keyword.js'
import { IFF_ALLMULTI, IFF_DYNAMIC, IFF_MULTICAST, IFF_NOARP, IFF_NOTRAILERS, IFF_PROMISC } from '../../kernel/netdev.js'
import { macOfOctets, parseOctets } from './lladdr.js'
import { parseGroup, parseU32 } from './names.js'
import { type NetnsReference, parseNetns } from './netns-names.js'
import { type IpRun, isInterfaceName, parseOnOff, RunFailed } from './run.js'

/** Everything the words may say; null where they say nothing. */
export class LinkWords {
  dev: string | null = null
  name: string | null = null
  up: boolean | null = null
  mac: MacAddress | null = null
  mtu: number | null = null
  txQueueLen: number | null = null
  index: number | null = null
  netns: NetnsReference | null = null
  link: string | null = null
  /** '' takes the device out of its master. */
  master: string | null = null
  alias: string | null = null
  group: number | null = null
  carrier: boolean | null = null
  readonly flags: { flag: number; on: boolean }[] = []
  type: string | null = null

  constructor(readonly run: IpRun) {}
}

function number(key: string, words: Words): number {
  const value = parseU32(words.next())
  if (value === null) throw wrongArgument(words.current, `Invalid "${key}" value\n`)
  return value
}

function lladdr(word: string): MacAddress {
  const octets = parseOctets(word)
  const mac = macOfOctets(octets)
  if (mac === null) throw new RunFailed(1, `Invalid address length ${octets.length} - must be 6 bytes`)
  return mac
}

function flagKeyword(name: string, flag: number, isInverted = false, prefix = false): Keyword<LinkWords> {
  return {
    name,
    value: '{ on | off }',
    completes: ['on', 'off'],
    prefix,
    take: (state, words) => {
      const on = parseOnOff(name, words.next())
      state.flags.push({ flag, on: on !== isInverted })
    },
  }
}

/** In iproute2's order. */
const KEYWORDS: readonly Keyword<LinkWords>[] = [
  { name: 'up', take: (state) => (state.up = true) },
  { name: 'down', take: (state) => (state.up = false) },
  {
    name: 'name',
    value: 'NAME',
    take: (state, words) => {
      if (state.name !== null) throw duplicateArgument('name', words.next())
      state.name = words.next()
      if (state.run.options.family !== 'mpls' && !isInterfaceName(state.name)) throw wrongArgument(state.name, '"name" not a valid ifname')
    },
  },
  { name: 'index', value: 'IDX', prefix: true, take: (state, words) => (state.index = number('index', words)) },
  { name: 'link', value: 'DEV', prefix: true, completes: 'device', take: (state, words) => (state.link = words.next()) },
  { name: 'address', value: 'LLADDR', prefix: true, take: (state, words) => (state.mac = lladdr(words.next())) },
  { name: 'broadcast', aliases: ['brd'], value: 'LLADDR', prefix: true, take: (_state, words) => lladdr(words.next()) },
  {
    name: 'txqueuelen',
    aliases: ['qlen', 'txqlen'],
    value: 'PACKETS',
    prefix: true,
    take: (state, words) => (state.txQueueLen = number('txqueuelen', words)),
  },
  { name: 'mtu', value: 'MTU', take: (state, words) => (state.mtu = number('mtu', words)) },
  {
    name: 'netns',
    value: '{ PID | NAME }',
    completes: 'netns',
    take: (state, words) => (state.netns = parseNetns(words.next(), state.run)),
  },
  flagKeyword('multicast', IFF_MULTICAST),
  flagKeyword('allmulticast', IFF_ALLMULTI),
  flagKeyword('promisc', IFF_PROMISC),
  flagKeyword('trailers', IFF_NOTRAILERS, true),
  flagKeyword('arp', IFF_NOARP, true),
  flagKeyword('dynamic', IFF_DYNAMIC, false, true),
  {
    name: 'carrier',
    value: '{ on | off }',
    completes: ['on', 'off'],
    take: (state, words) => (state.carrier = parseOnOff('carrier', words.next())),
  },
  { name: 'master', value: 'DEVICE', completes: 'device', take: (state, words) => (state.master = words.next()) },
  { name: 'nomaster', take: (state) => (state.master = '') },
  { name: 'alias', aliases: ['ifalias'], value: 'NAME', take: (state, words) => (state.alias = words.next()) },
  {
    name: 'group',
    value: 'GROUP',
    take: (state, words) => {
      state.group = parseGroup(words.next())
      if (state.group === null) throw wrongArgument(words.current, 'Invalid "group" value\n')
    },
  },
  { name: 'numtxqueues', value: 'COUNT', prefix: true, hidden: true, take: (_state, words) => number('numtxqueues', words) },
  { name: 'numrxqueues', value: 'COUNT', prefix: true, hidden: true, take: (_state, words) => number('numrxqueues', words) },
  {
    name: 'addrgenmode',
    value: '{ eui64 | none | stable_secret | random }',
    completes: ['eui64', 'none', 'stable_secret', 'random'],
    take: (_state, words) => {
      if (words.next() !== 'eui64')
        throw new UsageError(`ip: addrgenmode ${words.current}: not emulated by netlab (link-local addresses are eui64)`, 126)
    },
  },
  {
    name: 'type',
    value: 'TYPE [ ARGS ]',
    completes: ['bridge', 'dummy', 'gre', 'gretap', 'ipip', 'veth', 'vlan', 'vxlan', 'bridge_slave'],
    prefix: true,
    take: (state, words) => (state.type = words.next()),
  },
]

export const LINK_KEYWORDS: KeywordList<LinkWords> = {
  keywords: KEYWORDS,
  operand: '{ DEVICE | dev DEVICE }',
  operandCompletes: 'device',
  rest: takeDevice,
}

function takeDevice(state: LinkWords, words: Words): void {
  if (words.current === 'dev') words.next()
  if (state.dev !== null) throw duplicateOrGarbage('dev', words.current)
  state.dev = words.current
}

/** Words that only exist in the real tool. */
const NOT_EMULATED: readonly string[] = [
  'vf',
  'xdp',
  'xdpgeneric',
  'xdpdrv',
  'xdpoffload',
  'vrf',
  'protodown',
  'protodown_reason',
  'gso_max_size',
  'gso_max_segs',
  'gro_max_size',
  'link-netns',
  'link-netnsid',
  'parentdev',
]

/** Stops behind `type KIND` (its arguments are the kind's) or, for a peer, at the end. */
export function parseLinkWords(words: Words, run: IpRun): LinkWords {
  const state = new LinkWords(run)
  for (; !words.isDone; words.advance()) {
    if (words.current === 'help') throw new UsageError('', 255)
    if (NOT_EMULATED.includes(words.current)) throw new UsageError(`ip: ${words.current}: not emulated by netlab`, 126)
    const keyword = words.current === 'dev' ? null : findKeyword(words.current, KEYWORDS)
    if (keyword === null) takeDevice(state, words)
    else keyword.take(state, words)
    if (state.type !== null) {
      words.advance()
      break
    }
  }
  return state
}
