// The words behind `type vxlan`.

import { isMulticastIpv4, parseIpv4 } from '../../../addr/ipv4.js'
import { duplicateOrGarbage, UsageError, type Words, wrongArgument } from '../../../grammar/keyword.js'
import { ownOf } from '../../../grammar/own-of.js'
import type { VxlanConfig } from '../../../kernel/dev/vxlan.js'
import { parseU32 } from '../names.js'
import { type IpRun, RunFailed } from '../run.js'

type Given = { -readonly [K in keyof VxlanConfig]?: VxlanConfig[K] }

export const VXLAN_USAGE = `Usage: ... vxlan id VNI
		[ { group | remote } IP_ADDRESS ]
		[ local ADDR ]
		[ ttl TTL ]
		[ tos TOS ]
		[ df DF ]
		[ dev PHYS_DEV ]
		[ dstport PORT ]
		[ srcport MIN MAX ]
		[ [no]learning ]
		[ [no]proxy ]
		[ [no]rsc ]
		[ [no]l2miss ]
		[ [no]l3miss ]
		[ ageing SECONDS ]
		[ maxaddress NUMBER ]
		[ [no]udpcsum ]

Where:	VNI	:= 0-16777215
	ADDR	:= { IP_ADDRESS | any }
	TOS	:= { NUMBER | inherit }
	TTL	:= { 1..255 | auto | inherit }
	DF	:= { unset | set | inherit }`

const FLAGS: Readonly<Record<string, Partial<VxlanConfig>>> = {
  learning: { learning: true },
  nolearning: { learning: false },
  proxy: { proxy: true },
  noproxy: { proxy: false },
  rsc: { rsc: true },
  norsc: { rsc: false },
  l2miss: { l2miss: true },
  nol2miss: { l2miss: false },
  l3miss: { l3miss: true },
  nol3miss: { l3miss: false },
  udpcsum: { udpChecksum: true },
  noudpcsum: { udpChecksum: false },
  noexternal: { external: false },
  udp6zerocsumtx: {},
  noudp6zerocsumtx: {},
  udp6zerocsumrx: {},
  noudp6zerocsumrx: {},
}

const NOT_EMULATED = ['flowlabel', 'gbp', 'gpe', 'remcsumtx', 'remcsumrx', 'vnifilter', 'inner_vlan']

function number(words: Words, what: string, max = 0xffffffff): number {
  const value = parseU32(words.next())
  if (value === null || value > max) throw wrongArgument(words.current, what)
  return value
}

function address(words: Words): number {
  const word = words.next()
  if (word === 'any') return 0
  if (word.includes(':')) throw new UsageError('ip: vxlan over IPv6: not emulated by netlab', 126)
  const value = parseIpv4(word)
  if (value === null) throw new RunFailed(1, `Error: any valid address is expected rather than "${word}".`)
  return value
}

function remote(words: Words, isGroup: boolean, given: Given): void {
  if (given.remote !== undefined) {
    if (isMulticastIpv4(given.remote) === isGroup) throw duplicateOrGarbage(isGroup ? 'group' : 'remote', words.next())
    throw new RunFailed(1, 'vxlan: both group and remote cannot be specified')
  }
  const value = address(words)
  if (isMulticastIpv4(value) !== isGroup) throw wrongArgument(words.current, isGroup ? 'invalid group address' : 'invalid remote address')
  given.remote = value
}

function ttl(words: Words): number | 'inherit' {
  const word = words.next()
  if (word === 'inherit' || word === 'auto') return word === 'inherit' ? 'inherit' : 0
  const value = parseU32(word)
  if (value === null) throw wrongArgument(word, 'invalid TTL')
  if (value > 255) throw wrongArgument(word, 'TTL must be <= 255')
  return value
}

function tos(words: Words): number | 'inherit' {
  const word = words.next()
  if (word === 'inherit') return 'inherit'
  const value = parseU32(/^[0-9a-f]{1,2}$/i.test(word) && !word.startsWith('0x') ? `0x${word}` : word)
  if (value === null || value > 255) throw wrongArgument(word, 'bad TOS value')
  return value
}

function df(words: Words): VxlanConfig['df'] {
  const word = words.next()
  if (word !== 'unset' && word !== 'set' && word !== 'inherit') throw wrongArgument(word, "DF must be 'unset', 'set' or 'inherit'")
  return word
}

type Take = (words: Words, given: Given, run: IpRun) => void

const TAKES: Readonly<Record<string, Take>> = {
  group: (words, given) => remote(words, true, given),
  remote: (words, given) => remote(words, false, given),
  local(words, given) {
    if (given.local !== undefined) throw duplicateOrGarbage('local', words.next())
    given.local = address(words)
    if (isMulticastIpv4(given.local)) throw wrongArgument(words.current, 'invalid local address')
  },
  dev: (words, given, run) => void (given.lower = run.needDevice(words.next())),
  ttl: (words, given) => void (given.ttl = ttl(words)),
  hoplimit: (words, given) => void (given.ttl = ttl(words)),
  tos: (words, given) => void (given.tos = tos(words)),
  dsfield: (words, given) => void (given.tos = tos(words)),
  df: (words, given) => void (given.df = df(words)),
  ageing: (words, given) => void (given.ageing = words.next() === 'none' ? 0 : numberHere(words, 'ageing timer')),
  maxaddress: (words, given) => void (given.maxAddresses = words.next() === 'unlimited' ? 0 : numberHere(words, 'max addresses')),
  dstport: (words, given) => void (given.dstPort = number(words, 'dst port', 65535)),
  port: sourcePorts,
  srcport: sourcePorts,
  external: (_words, given) => void (given.external = true),
}

function numberHere(words: Words, what: string): number {
  const value = parseU32(words.current)
  if (value === null) throw wrongArgument(words.current, what)
  return value
}

function sourcePorts(words: Words, given: Given): void {
  given.srcPortLow = number(words, 'min port', 65535)
  given.srcPortHigh = number(words, 'max port', 65535)
}

/** Only what was typed. */
export function parseVxlan(words: Words, run: IpRun): Given {
  const given: Given = {}
  for (; !words.isDone; words.advance()) {
    const word = words.current
    if (word === 'id' || word === 'vni') {
      if (given.vni !== undefined) throw duplicateOrGarbage('id', words.next())
      given.vni = number(words, 'invalid id', 0xffffff)
    } else if (ownOf(FLAGS, word) !== undefined) Object.assign(given, ownOf(FLAGS, word))
    else if (Object.hasOwn(TAKES, word)) TAKES[word]!(words, given, run)
    else if (word === 'help') throw new UsageError(VXLAN_USAGE, 255)
    else if (NOT_EMULATED.includes(word)) throw new UsageError(`ip: vxlan ${word}: not emulated by netlab`, 126)
    else throw new UsageError(`vxlan: unknown command "${word}"?\n${VXLAN_USAGE}`, 1)
  }
  if (given.external === true && given.vni !== undefined) throw new RunFailed(1, "vxlan: both 'external' and vni cannot be specified")
  return given
}
