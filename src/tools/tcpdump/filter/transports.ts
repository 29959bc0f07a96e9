// Tests for IP protocols, ports, and the tunnels that move the offsets.
import { ownOf } from '../../../grammar/own-of.js'
import { bySide, type Direction, notForAddresses } from './addresses.js'
import { FilterError } from './lexer.js'
import type { CompilerState } from './state.js'
import { and, anyOf, compare, not, or, type Run, type Test } from './tests.js'
import { ETHERTYPE, SAP, typeTest } from './types.js'
import type { ProtocolWord } from './words.js'

const TCP = 6
const UDP = 17
const SCTP = 132
const IP_PROTOCOLS: Readonly<Record<string, number>> = { sctp: SCTP, tcp: TCP, udp: UDP, pim: 103, ah: 51, esp: 50 }
const IPV4_PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, igmp: 2, igrp: 9, vrrp: 112, carp: 112 }
const ISO_PROTOCOLS: Readonly<Record<string, number>> = { esis: 130, isis: 131, clnp: 129 }
/** PDU types of IS-IS: hellos, link states, sequence numbers of both levels. */
const ISIS_PDUS: Readonly<Record<string, readonly number[]>> = {
  l1: [15, 17, 18, 24, 26],
  l2: [16, 17, 20, 25, 27],
  iih: [15, 16, 17],
  lsp: [18, 20],
  snp: [24, 25, 26, 27],
  csnp: [24, 25],
  psnp: [26, 27],
}
const TYPES: Readonly<Record<string, number>> = {
  ip: ETHERTYPE.ip,
  arp: ETHERTYPE.arp,
  rarp: ETHERTYPE.rarp,
  ip6: ETHERTYPE.ip6,
  atalk: ETHERTYPE.atalk,
  aarp: ETHERTYPE.aarp,
  decnet: ETHERTYPE.decnet,
  lat: ETHERTYPE.lat,
  sca: ETHERTYPE.sca,
  mopdl: ETHERTYPE.mopdl,
  moprc: ETHERTYPE.moprc,
  iso: SAP.iso,
  stp: SAP.stp,
  ipx: SAP.ipx,
  netbeui: SAP.netbeui,
}
const ENCAPSULATING: Readonly<Record<string, string>> = {
  arp: 'arp does not encapsulate another protocol',
  rarp: 'rarp does not encapsulate another protocol',
  atalk: 'AppleTalk encapsulation is not specifiable',
  decnet: 'DECNET encapsulation is not specifiable',
  lat: 'LAT does not encapsulate another protocol',
  sca: 'SCA does not encapsulate another protocol',
  moprc: 'MOPRC does not encapsulate another protocol',
  mopdl: 'MOPDL does not encapsulate another protocol',
  clnp: "'clnp proto' is not supported",
}
const GENEVE_PORT = 6081
const ETHERTYPE_TEB = 0x6558

/** `tcp`, `arp`, `stp`... on their own. */
export function protocolTest(state: CompilerState, word: ProtocolWord): Test {
  const type = ownOf(TYPES, word)
  if (type !== undefined) return typeTest(state, type)
  const any = ownOf(IP_PROTOCOLS, word)
  if (any !== undefined) return protoTest(state, any, null)
  const four = IPV4_PROTOCOLS[word]
  if (four !== undefined) return protoTest(state, four, 'ip')
  const iso = ownOf(ISO_PROTOCOLS, word)
  if (iso !== undefined) return protoTest(state, iso, 'iso')
  const pdus = ownOf(ISIS_PDUS, word)
  if (pdus !== undefined) return anyOf(pdus.map((pdu) => protoTest(state, pdu, 'isis')))
  if (word === 'icmp6') return protoTest(state, 58, 'ip6')
  if (word === 'link') throw new FilterError('link layer applied in wrong context')
  throw new FilterError("'radio' is not a valid protocol type")
}

/** `ip proto 6`; without `word` over IPv4 and IPv6. */
export function protoTest(state: CompilerState, proto: number, word: ProtocolWord | null): Test {
  switch (word) {
    case null:
      return or(protoTest(state, proto, 'ip'), protoTest(state, proto, 'ip6'))
    case 'link':
      return typeTest(state, proto)
    case 'ip':
      return and(typeTest(state, ETHERTYPE.ip), state.field('network', 9, 1, 'eq', proto))
    case 'ip6': {
      // The first header, or the one behind a fragment header.
      const fragment = and(state.field('network', 6, 1, 'eq', 44), state.field('network', 40, 1, 'eq', proto))
      return and(typeTest(state, ETHERTYPE.ip6), or(state.field('network', 6, 1, 'eq', proto), fragment))
    }
    case 'iso':
      return and(typeTest(state, SAP.iso), state.field('network', 3, 1, 'eq', proto))
    case 'isis':
      return and(protoTest(state, 131, 'iso'), state.field('network', 7, 1, 'eq', proto))
    default:
      throw new FilterError(ownOf(ENCAPSULATING, word) ?? `'${word} proto' is bogus`)
  }
}

/** `protochain`: anywhere behind the extension headers. */
export function protochainTest(state: CompilerState, proto: number, word: ProtocolWord | null): Test {
  if (word === null) return or(protochainTest(state, proto, 'ip'), protochainTest(state, proto, 'ip6'))
  if (word !== 'ip' && word !== 'ip6') throw new FilterError("bad protocol applied for 'protochain'")
  if (state.payload.register !== null) throw new FilterError("'protochain' not supported with variable length headers")
  state.optimised = false
  const network = state.place('network', 0)
  const six = word === 'ip6'
  const walk = (run: Run): number => chainEnd(run, network.at(run), six, proto)
  return and(typeTest(state, six ? ETHERTYPE.ip6 : ETHERTYPE.ip), compare(`chain ${word} ${proto}`, walk, 'eq', proto))
}

function chainEnd(run: Run, network: number, six: boolean, proto: number): number {
  let next = run.load(network + (six ? 6 : 9), 1)
  let at = network + (six ? 40 : (run.load(network, 1) & 15) << 2)
  while (next !== proto && next !== 59) {
    const extension = six && (next === 0 || next === 60 || next === 43 || next === 44)
    if (!extension && next !== 51) break
    const length = extension ? (run.load(at + 1, 1) + 1) * 8 : (run.load(at + 1, 1) + 2) * 4
    next = run.load(at, 1)
    at += length
  }
  return next
}

export interface PortMatch {
  readonly low: number
  readonly high: number
  /** Null: TCP, UDP and SCTP. */
  readonly proto: number | null
  /** For messages. */
  readonly range: boolean
}

export function portTest(state: CompilerState, match: PortMatch, direction: Direction): Test {
  if (!['src', 'dst', 'or', 'and'].includes(direction)) {
    throw new FilterError(notForAddresses(direction, match.range ? 'port ranges' : 'ports'))
  }
  return or(portOver(state, match, direction, true), portOver(state, match, direction, false))
}

function portOver(state: CompilerState, match: PortMatch, direction: Direction, six: boolean): Test {
  const protos = match.proto === null ? [SCTP, TCP, UDP] : [match.proto]
  const tests = protos.map((proto) => {
    const ports = bySide(direction, (side) => portAt(state, match, side === 'src' ? 0 : 2, six))
    const isProto = state.field('network', six ? 6 : 9, 1, 'eq', proto)
    return six ? and(isProto, ports) : and(and(isProto, firstFragment(state)), ports)
  })
  return and(typeTest(state, six ? ETHERTYPE.ip6 : ETHERTYPE.ip), anyOf(tests))
}

function portAt(state: CompilerState, match: PortMatch, offset: number, six: boolean): Test {
  const base = six ? 'transport6' : 'transport4'
  if (!match.range) return state.field(base, offset, 2, 'eq', match.low)
  const low = Math.min(match.low, match.high)
  const high = Math.max(match.low, match.high)
  return and(state.field(base, offset, 2, 'ge', low), not(state.field(base, offset, 2, 'gt', high)))
}

/** Later fragments have no ports. */
export function firstFragment(state: CompilerState): Test {
  return not(state.field('network', 6, 2, 'set', 0x1fff))
}

/** Everything behind this test looks into the frame (or packet) that Geneve carries. */
export function geneveTest(state: CompilerState, vni: number | null): Test {
  const port: PortMatch = { low: GENEVE_PORT, high: GENEVE_PORT, proto: UDP, range: false }
  if (vni !== null && vni > 0xffffff) throw new FilterError(`Geneve VNI ${vni} greater than maximum 16777215`)
  const header = state.place('network', 0)
  const over = (six: boolean): Test => {
    const base = six ? 'transport6' : 'transport4'
    const version = and(portOver(state, port, 'dst', six), state.field(base, 8, 1, 'eq', 0, 0xc0))
    return vni === null ? version : and(version, state.field(base, 12, 4, 'eq', (vni << 8) >>> 0, 0xffffff00))
  }
  const outer = or(over(false), over(true))
  const link = state.newRegister()
  const type = state.newRegister()
  const payload = state.newRegister()
  const step = (run: Run): void => {
    const at = header.at(run)
    const six = run.load(at, 1) >> 4 === 6
    const geneve = at + (six ? 40 : (run.load(at, 1) & 15) << 2) + 8
    const inner = geneve + 8 + (run.load(geneve, 1) & 0x3f) * 4
    const ethernet = run.load(geneve + 2, 2) === ETHERTYPE_TEB
    run.registers[link] = inner
    run.registers[type] = ethernet ? inner + 12 : geneve + 2
    run.registers[payload] = ethernet ? inner + 14 : inner
  }
  state.linkHeader = { constant: 0, register: link }
  state.linkType = { constant: 0, register: type }
  state.payload = { constant: 0, register: payload }
  state.network = 0
  state.inGeneve = true
  state.optimised = false
  return and(outer, { kind: 'step', step })
}

/** Ethernet addresses inside Geneve are there only when it carries a frame. */
export function geneveLinkTest(state: CompilerState): Test | null {
  if (!state.inGeneve) return null
  const link = state.place('link', 0)
  const payload = state.place('network', 0)
  return compare('geneve frame', (run) => (link.at(run) === payload.at(run) ? 0 : 1), 'eq', 1)
}
