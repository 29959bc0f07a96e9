// Turns changes of a flow key into the datapath actions that make them, as late as possible: before an output, a ct, a clone.
import type { SetAttr, SetPart } from './dp-action.js'
import type { FlowKey } from './flow-key.js'
import { copyOf, VLAN_CFI, W } from './flow-key.js'
import { countLabels, isMplsType, lseAt, MPLS_BOS, shiftIn, shiftOut } from './mpls.js'
import type { Translation } from './translate.js'
import { isIp } from './wildcards.js'

const part = (name: string, word: number, words = 1): SetPart => ({ name, word, words })

const ETH = [part('src', W.ETH_SRC, 2), part('dst', W.ETH_DST, 2)]
const IPV4 = [part('src', W.NW_SRC), part('dst', W.NW_DST), part('tos', W.NW_TOS), part('ttl', W.NW_TTL)]
const IPV6 = [
  part('src', W.IPV6_SRC, 4),
  part('dst', W.IPV6_DST, 4),
  part('label', W.IPV6_LABEL),
  part('tclass', W.NW_TOS),
  part('hlimit', W.NW_TTL),
]
const ARP = [part('sip', W.NW_SRC), part('tip', W.NW_DST), part('op', W.NW_PROTO), part('sha', W.ARP_SHA, 2), part('tha', W.ARP_THA, 2)]
const PORTS = [part('src', W.TP_SRC), part('dst', W.TP_DST)]
const ICMP = [part('type', W.TP_SRC), part('code', W.TP_DST)]
const ND = [part('target', W.ND_TARGET, 4), part('sll', W.ARP_SHA, 2), part('tll', W.ARP_THA, 2)]

export function commitKey(x: Translation): void {
  const { key, base } = x
  commitSet(x, 'eth', ETH)
  const type = key[W.ETH_TYPE]
  // Only what the packet really is can be rewritten.
  if (type === base[W.ETH_TYPE]) {
    if (type === 0x0800 && base[W.NW_PROTO] !== 0) commitSet(x, 'ipv4', IPV4)
    else if (type === 0x86dd && base[W.NW_PROTO] !== 0) commitSet(x, 'ipv6', IPV6)
    else if (type === 0x0806 || type === 0x8035) {
      if (commitSet(x, 'arp', ARP)) x.slowFor('action')
    }
    if (isIp(base)) commitTransport(x)
  }
  commitLabels(x)
  commitVlans(x)
  if (key[W.SKB_PRIORITY] !== base[W.SKB_PRIORITY]) {
    x.wildcards[W.SKB_PRIORITY] = -1
    base[W.SKB_PRIORITY] = key[W.SKB_PRIORITY]!
    x.actions.push({ type: 'set_priority', value: key[W.SKB_PRIORITY]! })
  }
  if (key[W.PKT_MARK] !== base[W.PKT_MARK]) {
    base[W.PKT_MARK] = key[W.PKT_MARK]!
    x.actions.push({ type: 'set_mark', value: key[W.PKT_MARK]!, mask: x.wildcards[W.PKT_MARK] === 0 ? -1 : x.wildcards[W.PKT_MARK]! })
  }
}

function commitTransport(x: Translation): void {
  switch (x.key[W.NW_PROTO]) {
    case 6:
      commitSet(x, 'tcp', PORTS)
      return
    case 17:
      commitSet(x, 'udp', PORTS)
      return
    case 132:
      commitSet(x, 'sctp', PORTS)
      return
    case 1:
      if (commitSet(x, 'icmp', ICMP)) x.slowFor('action')
      return
    case 58:
      if (commitSet(x, 'icmpv6', ICMP)) x.slowFor('action')
      if (commitSet(x, 'nd', ND)) x.slowFor('action')
  }
}

/** One set() with the members that differ; those are looked at from now on. True: there were some. */
function commitSet(x: Translation, attr: SetAttr, all: readonly SetPart[]): boolean {
  let parts: SetPart[] | null = null
  for (const one of all) {
    if (!differs(x.key, x.base, one)) continue
    parts ??= []
    parts.push(one)
    for (let i = 0; i < one.words; i++) x.base[one.word + i] = x.key[one.word + i]!
  }
  if (parts === null) return false
  lookedAt(x.wildcards, parts)
  x.actions.push({ type: 'set', attr, parts, key: copyOf(x.key), mask: copyOf(x.wildcards) })
  return true
}

function differs(a: FlowKey, b: FlowKey, one: SetPart): boolean {
  for (let i = 0; i < one.words; i++) if (a[one.word + i] !== b[one.word + i]) return true
  return false
}

/** Actions note the bits that they set; what they did not is set as a whole. */
function lookedAt(wildcards: FlowKey, parts: readonly SetPart[]): void {
  for (const { word, words } of parts) {
    let any = false
    for (let i = 0; i < words; i++) any ||= wildcards[word + i] !== 0
    if (any) continue
    for (let i = 0; i < words; i++) wildcards[word + i] = i === 0 ? exactMask(word) : -1
  }
}

function exactMask(word: number): number {
  switch (word) {
    case W.NW_TOS:
    case W.NW_TTL:
    case W.NW_PROTO:
      return 0xff
    case W.TP_SRC:
    case W.TP_DST:
    case W.ETH_SRC:
    case W.ETH_DST:
    case W.ARP_SHA:
    case W.ARP_THA:
      return 0xffff
    default:
      return -1
  }
}

/** Entries that both have at the bottom stay; one above them is changed in place, the rest is popped and pushed. */
function commitLabels(x: Translation): void {
  const { key, base } = x
  let had = countLabels(base, null)
  const wants = countLabels(key, null)
  if (had === 0 && wants === 0) return
  let same = 0
  while (same < had && same < wants && lseAt(key, wants - 1 - same) === lseAt(base, had - 1 - same)) same++
  while (had > same) {
    if (had - 1 === same && wants > same) {
      const lse = lseAt(key, wants - had)
      x.wildcards[W.MPLS_LSE]! |= MPLS_BOS
      x.actions.push({ type: 'set_mpls', lse })
      base[W.MPLS_LSE] = lse
      same++
      continue
    }
    const type = had > 1 && !isMplsType(key[W.ETH_TYPE]!) ? 0x8847 : key[W.ETH_TYPE]!
    x.actions.push({ type: 'pop_mpls', ethType: type })
    shiftOut(base)
    base[W.ETH_TYPE] = type
    had--
  }
  for (; had < wants; had++) {
    const lse = lseAt(key, wants - had - 1)
    x.actions.push({ type: 'push_mpls', lse, ethType: key[W.ETH_TYPE]! })
    shiftIn(base, lse)
    base[W.ETH_TYPE] = key[W.ETH_TYPE]!
  }
}

/** Tags that both have at the bottom stay; the rest is popped and pushed. */
function commitVlans(x: Translation): void {
  const { key, base, wildcards } = x
  const had = tagsOf(base)
  const wants = tagsOf(key)
  let same = 0
  while (same < had && same < wants && sameTag(key, wants - 1 - same, base, had - 1 - same)) same++
  for (let i = had - 1 - same; i >= 0; i--) {
    x.actions.push({ type: 'pop_vlan' })
    wildcards[i === 0 ? W.VLAN_TCI : W.VLAN_TCI2] = 0xffff
  }
  for (let i = wants - 1 - same; i >= 0; i--) {
    const tci = key[i === 0 ? W.VLAN_TCI : W.VLAN_TCI2]! & ~VLAN_CFI & 0xffff
    const tpid = key[i === 0 ? W.VLAN_TPID : W.VLAN_TPID2]!
    x.actions.push({ type: 'push_vlan', tpid: tpid === 0 ? 0x8100 : tpid, tci })
  }
  for (let word = W.VLAN_TCI; word <= W.VLAN_TPID2; word++) base[word] = key[word]!
}

function tagsOf(key: FlowKey): number {
  if ((key[W.VLAN_TCI]! & VLAN_CFI) === 0) return 0
  return (key[W.VLAN_TCI2]! & VLAN_CFI) === 0 ? 1 : 2
}

function sameTag(a: FlowKey, i: number, b: FlowKey, j: number): boolean {
  const tciA = a[i === 0 ? W.VLAN_TCI : W.VLAN_TCI2]
  const tciB = b[j === 0 ? W.VLAN_TCI : W.VLAN_TCI2]
  const tpidA = a[i === 0 ? W.VLAN_TPID : W.VLAN_TPID2]! || 0x8100
  const tpidB = b[j === 0 ? W.VLAN_TPID : W.VLAN_TPID2]! || 0x8100
  return tciA === tciB && tpidA === tpidB
}
