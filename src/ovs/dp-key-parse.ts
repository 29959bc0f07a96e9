// Flow keys of the datapath from text: `in_port(1),eth(src=...,dst=...),eth_type(0x0800),ipv4(...),tcp(...)`.

import { parseIpv4 } from '../addr/ipv4.js'
import { parseIpv6 } from '../addr/ipv6.js'
import { parseMac } from '../addr/mac.js'
import { ownOf } from '../grammar/own-of.js'
import type { Datapath } from './datapath.js'
import { CT_FLAGS, TCP_FLAG_NAMES } from './flag-text.js'
import { ETH_TYPE_NONE, type FlowKey, FRAG_ANY, FRAG_LATER, newKey, setIpv6Words, setMacWords, VLAN_CFI, W } from './flow-key.js'
import { FlowTextError } from './flow-text-error.js'
import { keyValues } from './key-values.js'

const NAMES = new Set([
  'skb_priority',
  'skb_mark',
  'recirc_id',
  'dp_hash',
  'ct_state',
  'ct_zone',
  'ct_mark',
  'ct_label',
  'tunnel',
  'in_port',
  'packet_type',
  'eth',
  'vlan',
  'eth_type',
  'mpls',
  'encap',
  'ipv4',
  'ipv6',
  'tcp',
  'udp',
  'sctp',
  'icmp',
  'icmpv6',
  'arp',
  'nd',
  'tcp_flags',
])

/** The first word tells this form from OpenFlow's `name=value`. */
export function isDpFlow(text: string): boolean {
  const word = /^\s*([a-z_0-9]+)\(/.exec(text)
  return word !== null && NAMES.has(word[1]!)
}

/** Throws FlowTextError. */
export function parseDpFlow(text: string, datapath: Datapath): FlowKey {
  const key = newKey()
  readList(text, datapath, key)
  // A frame without a type.
  if (key[W.ETH_TYPE] === 0) key[W.ETH_TYPE] = ETH_TYPE_NONE
  return key
}

/** `name(...)` one after the other, with commas or without. */
function readList(text: string, datapath: Datapath, key: FlowKey): void {
  let at = 0
  while (at < text.length) {
    if (', \n\t'.includes(text[at]!)) {
      at++
      continue
    }
    const word = /^([a-z_0-9]+)\(/.exec(text.slice(at))
    if (word === null || !NAMES.has(word[1]!)) throw new FlowTextError(`syntax error at ${text.slice(at)}`)
    let level = 1
    let end = at + word[0].length
    while (end < text.length && level > 0) {
      if (text[end] === '(') level++
      else if (text[end] === ')') level--
      end++
    }
    readOne(word[1]!, text.slice(at + word[0].length, end - 1), { datapath, key })
    at = end
  }
}

interface Reading {
  readonly datapath: Datapath
  readonly key: FlowKey
}

function readOne(name: string, inside: string, reading: Reading): void {
  const { key, datapath } = reading
  const fields = new Map([...keyValues(inside)].map(({ key: field, value }) => [field, value.split('/')[0]!]))
  switch (name) {
    case 'in_port': {
      const port = /^\d+$/.test(inside) ? Number(inside) : datapath.portByName(inside.replaceAll('"', ''))?.number
      if (port === undefined) throw new FlowTextError(`syntax error at in_port(${inside})`)
      key[W.IN_PORT] = port
      return
    }
    case 'eth':
      mac(fields, 'src', key, W.ETH_SRC)
      mac(fields, 'dst', key, W.ETH_DST)
      return
    case 'vlan':
      key[W.VLAN_TCI] = VLAN_CFI | number(fields, 'vid') | (number(fields, 'pcp') << 13)
      key[W.VLAN_TPID] = 0x8100
      return
    case 'encap':
      return readList(inside, datapath, key)
    case 'eth_type':
      key[W.ETH_TYPE] = Number(inside.split('/')[0])
      return
    case 'mpls':
      key[W.MPLS_LSE] = (number(fields, 'label') << 12) | (number(fields, 'tc') << 9) | (number(fields, 'bos') << 8) | number(fields, 'ttl')
      return
    case 'ct_state':
      key[W.CT_STATE] = flags(inside, CT_FLAGS)
      return
    case 'tcp_flags':
      key[W.TCP_FLAGS] = /^[0x\d]/.test(inside) ? Number(inside) : flags(inside, TCP_FLAG_NAMES)
      return
    case 'tunnel':
      return tunnel(fields, key)
    case 'ipv4':
    case 'ipv6':
      return network(fields, key, name === 'ipv6')
    case 'arp':
      return arp(fields, key)
    case 'tcp':
    case 'udp':
    case 'sctp':
      key[W.TP_SRC] = number(fields, 'src')
      key[W.TP_DST] = number(fields, 'dst')
      return
    case 'icmp':
    case 'icmpv6':
      key[W.TP_SRC] = number(fields, 'type')
      key[W.TP_DST] = number(fields, 'code')
      return
    default:
      return simple(name, inside, key)
  }
}

const SIMPLE: Readonly<Record<string, number>> = {
  skb_priority: W.SKB_PRIORITY,
  skb_mark: W.PKT_MARK,
  recirc_id: W.RECIRC_ID,
  dp_hash: W.DP_HASH,
  ct_zone: W.CT_ZONE,
  ct_mark: W.CT_MARK,
}

function simple(name: string, inside: string, key: FlowKey): void {
  const word = ownOf(SIMPLE, name)
  if (word !== undefined) key[word] = Number(inside.split('/')[0]) | 0
}

function number(fields: ReadonlyMap<string, string>, name: string): number {
  return Number(fields.get(name) ?? 0) || 0
}

function mac(fields: ReadonlyMap<string, string>, name: string, key: FlowKey, word: number): void {
  const text = fields.get(name)
  const address = text === undefined ? 0 : parseMac(text)
  if (address === null) throw new FlowTextError(`syntax error at ${name}=${text}`)
  setMacWords(key, word, address)
}

function address(fields: ReadonlyMap<string, string>, name: string): number {
  const text = fields.get(name)
  const found = text === undefined ? 0 : parseIpv4(text)
  if (found === null) throw new FlowTextError(`syntax error at ${name}=${text}`)
  return found
}

function flags(text: string, names: readonly (string | null | undefined)[]): number {
  let value = 0
  for (const [, sign, name] of text.matchAll(/([+-]?)([a-z]+)/g)) {
    const bit = names.indexOf(name)
    if (bit >= 0 && sign !== '-') value |= 1 << bit
  }
  return value
}

function tunnel(fields: ReadonlyMap<string, string>, key: FlowKey): void {
  const id = BigInt(fields.get('tun_id') ?? 0)
  key[W.TUN_ID] = Number(id >> 32n) | 0
  key[W.TUN_ID + 1] = Number(id & 0xffffffffn) | 0
  key[W.TUN_SRC] = address(fields, 'src')
  key[W.TUN_DST] = address(fields, 'dst')
  key[W.TUN_TOS] = number(fields, 'tos')
  key[W.TUN_TTL] = number(fields, 'ttl')
  const given = fields.get('flags') ?? ''
  key[W.TUN_FLAGS] = (/(^|[^-\w])df/.test(given) ? 2 : 0) | (/(^|[^-\w])csum/.test(given) ? 4 : 0) | (/(^|[^-\w])key/.test(given) ? 8 : 0)
}

function network(fields: ReadonlyMap<string, string>, key: FlowKey, v6: boolean): void {
  if (v6) {
    setIpv6Words(key, W.IPV6_SRC, parseIpv6(fields.get('src') ?? '::') ?? 0n)
    setIpv6Words(key, W.IPV6_DST, parseIpv6(fields.get('dst') ?? '::') ?? 0n)
    key[W.IPV6_LABEL] = number(fields, 'label')
  } else {
    key[W.NW_SRC] = address(fields, 'src')
    key[W.NW_DST] = address(fields, 'dst')
  }
  key[W.NW_PROTO] = number(fields, 'proto')
  key[W.NW_TOS] = number(fields, v6 ? 'tclass' : 'tos')
  key[W.NW_TTL] = number(fields, v6 ? 'hlimit' : 'ttl')
  const frag = fields.get('frag')
  key[W.NW_FRAG] = frag === 'later' ? FRAG_ANY | FRAG_LATER : frag === 'first' ? FRAG_ANY : 0
}

function arp(fields: ReadonlyMap<string, string>, key: FlowKey): void {
  key[W.NW_SRC] = address(fields, 'sip')
  key[W.NW_DST] = address(fields, 'tip')
  key[W.NW_PROTO] = number(fields, 'op')
  mac(fields, 'sha', key, W.ARP_SHA)
  mac(fields, 'tha', key, W.ARP_THA)
}
