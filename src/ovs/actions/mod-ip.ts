// mod_nw_tos, mod_nw_ecn, mod_nw_ttl, dec_ttl, mod_tp_src, mod_tp_dst.
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../../wire/ethernet.js'
import { PROTO_TCP, PROTO_UDP } from '../../wire/ipv4.js'
import { type Field, theField, wholeField } from '../fields.js'
import { type FlowKey, FRAG_LATER, W } from '../flow-key.js'
import { FlowTextError } from '../flow-text-error.js'
import { PROTO_SCTP } from '../match-set.js'
import { atoi, parseU8, parseU16 } from '../number-text.js'
import type { OfAction } from './action.js'
import { inconsistent, needsIp } from './field-check.js'
import type { DecTtl, ModEcn, ModTos, ModTransport, ModTtl } from './header-action.js'
import type { ActionKind, ActionWords } from './kind.js'
import { sendsSetField } from './kind.js'

const DSCP = wholeField(theField('ip_dscp'))
const ECN = wholeField(theField('nw_ecn'))
const TTL = wholeField(theField('nw_ttl'))
const NW_PROTO = theField('nw_proto')

function parseTos(argument: string): OfAction {
  const tos = parseU8(argument, 'TOS')
  if ((tos & 3) !== 0) throw new FlowTextError(`${argument}: not a valid TOS`)
  return { type: 'mod_nw_tos', tos }
}

function parseEcn(argument: string): OfAction {
  const ecn = parseU8(argument, 'ECN')
  if (ecn > 3) throw new FlowTextError(`${argument}: not a valid ECN`)
  return { type: 'mod_nw_ecn', ecn }
}

function parseTtl(argument: string): OfAction {
  return { type: 'mod_nw_ttl', ttl: parseU8(argument, 'TTL') }
}

function parseDecTtl(argument: string): OfAction {
  if (argument === '') return { type: 'dec_ttl', controllers: [0] }
  const ids = argument.split(/[, ]+/).filter((word) => word !== '')
  if (ids.length === 0) throw new FlowTextError('dec_ttl_cnt_ids: expected at least one controller id.')
  return { type: 'dec_ttl', controllers: ids.map((word) => atoi(word) & 0xffff) }
}

export const modIpWords: ActionWords = {
  mod_nw_tos: parseTos,
  mod_nw_ecn: parseEcn,
  mod_nw_ttl: parseTtl,
  set_nw_ttl: parseTtl,
  dec_ttl: parseDecTtl,
  mod_tp_src: (argument) => ({ type: 'mod_tp_src', port: parseU16(argument, 'source port'), proto: 0 }),
  mod_tp_dst: (argument) => ({ type: 'mod_tp_dst', port: parseU16(argument, 'destination port'), proto: 0 }),
}

const isIp = (key: FlowKey) => key[W.ETH_TYPE] === ETHERTYPE_IPV4 || key[W.ETH_TYPE] === ETHERTYPE_IPV6

export const modTos: ActionKind<ModTos> = {
  format: (a) => `mod_nw_tos:${a.tos}`,
  check(a, check) {
    needsIp(check)
    return a
  },
  wire: (a, wire) => (sendsSetField(wire) ? [{ type: 'set_field', field: DSCP.field, value: BigInt(a.tos >> 2), mask: 0xffn }] : [a]),
  translate(a, x) {
    if (isIp(x.key)) x.write(DSCP, BigInt(a.tos >> 2))
  },
}

export const modEcn: ActionKind<ModEcn> = {
  format: (a) => `mod_nw_ecn:${a.ecn}`,
  check(a, check) {
    needsIp(check)
    return a
  },
  wire(a, wire) {
    if (wire.openflow === '1.0') return [{ type: 'load', dst: ECN, value: BigInt(a.ecn) }]
    return sendsSetField(wire) ? [{ type: 'set_field', field: ECN.field, value: BigInt(a.ecn), mask: 0xffn }] : [a]
  },
  translate(a, x) {
    if (isIp(x.key)) x.write(ECN, BigInt(a.ecn))
  },
}

export const modTtl: ActionKind<ModTtl> = {
  format: (a) => `mod_nw_ttl:${a.ttl}`,
  check(a, check) {
    needsIp(check)
    return a
  },
  wire: (a, wire) => (wire.openflow === '1.0' ? [{ type: 'load', dst: TTL, value: BigInt(a.ttl) }] : [a]),
  translate(a, x) {
    if (isIp(x.key)) x.write(TTL, BigInt(a.ttl))
  },
}

export const decTtl: ActionKind<DecTtl> = {
  format(a) {
    return a.controllers.length === 1 && a.controllers[0] === 0 ? 'dec_ttl' : `dec_ttl(${a.controllers.join(',')})`
  },
  check(a, check) {
    needsIp(check)
    return a
  },
  translate: (a, x) => x.decTtl(a.controllers),
}

const PORT_FIELDS: Record<number, { mod_tp_src: Field; mod_tp_dst: Field }> = {
  [PROTO_TCP]: { mod_tp_src: theField('tcp_src'), mod_tp_dst: theField('tcp_dst') },
  [PROTO_UDP]: { mod_tp_src: theField('udp_src'), mod_tp_dst: theField('udp_dst') },
  [PROTO_SCTP]: { mod_tp_src: theField('sctp_src'), mod_tp_dst: theField('sctp_dst') },
}

export const modTransport: ActionKind<ModTransport> = {
  format: (a) => `${a.type}:${a.port}`,
  check(a, check) {
    const { key } = check
    const proto = key[W.NW_PROTO]!
    if (!isIp(key) || (key[W.NW_FRAG]! & FRAG_LATER) !== 0 || PORT_FIELDS[proto] === undefined) inconsistent(check)
    return { type: a.type, port: a.port, proto }
  },
  wire(a, wire) {
    const field = PORT_FIELDS[a.proto]?.[a.type]
    if (!sendsSetField(wire) || field === undefined) return [a]
    return [{ type: 'set_field', field, value: BigInt(a.port), mask: 0xffffn }]
  },
  translate(a, x) {
    const { key } = x
    if (!isIp(key) || (key[W.NW_FRAG]! & FRAG_LATER) !== 0) return
    x.unwildcard(NW_PROTO)
    const field = PORT_FIELDS[key[W.NW_PROTO]!]?.[a.type]
    if (field !== undefined) x.write(wholeField(field), BigInt(a.port))
  },
}
