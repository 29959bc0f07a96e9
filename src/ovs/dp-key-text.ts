// Flow keys of the datapath as text: `recirc_id(0),in_port(5),eth(src=...),eth_type(0x0800),ipv4(frag=no)`.
import { formatIpv4 } from '../addr/ipv4.js'
import { formatIpv6 } from '../addr/ipv6.js'
import { formatMac } from '../addr/mac.js'
import type { Datapath } from './datapath.js'
import { CT_FLAGS, formatMaskedFlags, TCP_FLAG_NAMES } from './flag-text.js'
import { type FlowKey, FRAG_LATER, ipv6FromWords, macFromWords, VLAN_CFI, W } from './flow-key.js'
import { isMplsType, LSE_WORDS, lseText, maskedLseText } from './mpls.js'

const ALL_IPV6 = (1n << 128n) - 1n
const hex = (value: number): string => (value === 0 ? '0' : `0x${(value >>> 0).toString(16)}`)

export interface DpKeyView {
  readonly datapath: Datapath
  readonly key: FlowKey
  readonly mask: FlowKey
  /** Ports by name. */
  readonly names: boolean
}

class KeyWriter {
  readonly out: string[] = []
  private readonly key: FlowKey
  private readonly mask: FlowKey

  constructor(private readonly view: DpKeyView) {
    this.key = view.key
    this.mask = view.mask
  }

  text(): string {
    const { key, mask } = this
    this.simple('skb_priority', W.SKB_PRIORITY)
    if (key[W.TUN_DST] !== 0) this.tunnel()
    this.simple('skb_mark', W.PKT_MARK)
    this.conntrack()
    this.out.push(`recirc_id(${hex(key[W.RECIRC_ID]!)})`)
    this.simple('dp_hash', W.DP_HASH)
    this.out.push(`in_port(${this.portText(key[W.IN_PORT]!)})`)
    if (this.view.datapath.kind === 'netdev') this.out.push('packet_type(ns=0,id=0)')
    const eth = [this.mac('src', W.ETH_SRC), this.mac('dst', W.ETH_DST)].filter((part) => part !== '')
    if (eth.length > 0) this.out.push(`eth(${eth.join(',')})`)
    else if (this.view.datapath.kind === 'system') this.out.push('eth()')
    if ((key[W.VLAN_TCI]! & VLAN_CFI) !== 0) this.tagged()
    else this.network(mask)
    return this.out.join(',')
  }

  private portText(number: number): string {
    const port = this.view.datapath.ports.get(number)
    return this.view.names && port !== undefined ? port.name : `${number}`
  }

  private simple(name: string, word: number): void {
    const mask = this.mask[word]!
    if (mask !== 0) this.out.push(`${name}(${hex(this.key[word]!)}${mask === -1 ? '' : `/${hex(mask)}`})`)
  }

  private mac(name: string, word: number): string {
    const mask = macFromWords(this.mask, word)
    if (mask === 0) return ''
    return `${name}=${formatMac(macFromWords(this.key, word))}${mask === 0xffffffffffff ? '' : `/${formatMac(mask)}`}`
  }

  private address(name: string, word: number): string {
    const mask = this.mask[word]!
    if (mask === 0) return ''
    return `${name}=${formatIpv4(this.key[word]!)}${mask === -1 ? '' : `/${formatIpv4(mask)}`}`
  }

  private address6(name: string, word: number): string {
    const mask = ipv6FromWords(this.mask, word)
    if (mask === 0n) return ''
    return `${name}=${formatIpv6(ipv6FromWords(this.key, word))}${mask === ALL_IPV6 ? '' : `/${formatIpv6(mask)}`}`
  }

  private octet(name: string, word: number, style: 'hex' | 'decimal'): string {
    const mask = this.mask[word]! & 0xff
    if (mask === 0) return ''
    const value = this.key[word]! & mask
    return `${name}=${style === 'hex' ? hex(value) : value}${mask === 0xff ? '' : `/${hex(mask)}`}`
  }

  private port(name: string, word: number): string {
    const mask = this.mask[word]! & 0xffff
    if (mask === 0) return ''
    return `${name}=${this.key[word]! & mask}${mask === 0xffff ? '' : `/${hex(mask)}`}`
  }

  private list(name: string, parts: readonly string[]): void {
    const given = parts.filter((part) => part !== '')
    if (given.length > 0) this.out.push(`${name}(${given.join(',')})`)
  }

  private tunnel(): void {
    const flags = this.key[W.TUN_FLAGS]!
    const signs = [
      ['df', 2],
      ['csum', 4],
      ['key', 8],
    ] as const
    this.list('tunnel', [
      `tun_id=${hex(this.key[W.TUN_ID + 1]!) === '0' ? '0x0' : hex(this.key[W.TUN_ID + 1]!)}`,
      this.address('src', W.TUN_SRC),
      this.address('dst', W.TUN_DST),
      this.key[W.TUN_TOS] === 0 ? '' : this.octet('tos', W.TUN_TOS, 'hex'),
      `flags(${signs.map(([name, bit]) => ((flags & bit) === 0 ? `-${name}` : `+${name}`)).join('')})`,
    ])
  }

  private conntrack(): void {
    const mask = this.mask[W.CT_STATE]! & 0xff
    if (mask !== 0) this.out.push(`ct_state(${formatMaskedFlags(this.key[W.CT_STATE]!, mask, CT_FLAGS, 0x100)})`)
    const zone = this.mask[W.CT_ZONE]!
    if (zone !== 0) this.out.push(`ct_zone(${hex(this.key[W.CT_ZONE]!)}${(zone & 0xffff) === 0xffff ? '' : `/${hex(zone)}`})`)
    this.simple('ct_mark', W.CT_MARK)
    const label = ipv6FromWords(this.mask, W.CT_LABEL)
    if (label === 0n) return
    const value = `0x${ipv6FromWords(this.key, W.CT_LABEL).toString(16)}`
    this.out.push(`ct_label(${value}${label === ALL_IPV6 ? '' : `/0x${label.toString(16)}`})`)
  }

  /** What is inside of the tag stands in encap(). */
  private tagged(): void {
    const { key, mask } = this
    const tpid = key[W.VLAN_TPID]! || 0x8100
    this.out.push(`eth_type(0x${tpid.toString(16)})`)
    const tci = key[W.VLAN_TCI]!
    const vid = mask[W.VLAN_TCI]! & 0xfff
    const pcp = (mask[W.VLAN_TCI]! >> 13) & 7
    const parts: string[] = []
    if (vid !== 0) parts.push(`vid=${tci & 0xfff}${vid === 0xfff ? '' : `/${hex(vid)}`}`)
    if (pcp !== 0) parts.push(`pcp=${(tci >> 13) & 7}${pcp === 7 ? '' : `/${hex(pcp)}`}`)
    else if (vid !== 0) parts.push(`pcp=${(tci >> 13) & 7}/0x0`)
    if (parts.length > 0) this.out.push(`vlan(${parts.join(',')})`)
    const outer = this.out.splice(0)
    this.network(mask)
    const inner = this.out.splice(0)
    this.out.push(...outer, `encap(${inner.join(',')})`)
  }

  private network(mask: FlowKey): void {
    const { key } = this
    const type = key[W.ETH_TYPE]!
    if (type === 0x5ff || type === 0) {
      if (mask[W.ETH_TYPE] !== 0) this.out.push('eth_type(0/0xffff)')
      return
    }
    this.out.push(`eth_type(0x${type.toString(16).padStart(4, '0')})`)
    if (type === 0x0800) this.ipv4()
    else if (type === 0x86dd) this.ipv6()
    else if (type === 0x0806 || type === 0x8035) this.arp()
    else if (isMplsType(type)) this.labels()
  }

  private labels(): void {
    const parts: string[] = []
    for (const word of LSE_WORDS) {
      const mask = this.mask[word]!
      if (mask === 0) break
      const lse = this.key[word]!
      parts.push(mask === -1 ? lseText(lse) : maskedLseText(lse, mask))
      if ((lse & 0x100) !== 0) break
    }
    this.list('mpls', parts)
  }

  private ipv4(): void {
    this.list('ipv4', [
      this.address('src', W.NW_SRC),
      this.address('dst', W.NW_DST),
      this.octet('proto', W.NW_PROTO, 'decimal'),
      this.octet('tos', W.NW_TOS, 'hex'),
      this.octet('ttl', W.NW_TTL, 'decimal'),
      this.frag(),
    ])
    this.transport()
  }

  private ipv6(): void {
    const label = this.mask[W.IPV6_LABEL]!
    this.list('ipv6', [
      this.address6('src', W.IPV6_SRC),
      this.address6('dst', W.IPV6_DST),
      label === 0 ? '' : `label=${hex(this.key[W.IPV6_LABEL]!)}`,
      this.octet('proto', W.NW_PROTO, 'decimal'),
      this.octet('tclass', W.NW_TOS, 'hex'),
      this.octet('hlimit', W.NW_TTL, 'decimal'),
      this.frag(),
    ])
    this.transport()
  }

  private frag(): string {
    const mask = this.mask[W.NW_FRAG]!
    if (mask === 0) return ''
    const frag = this.key[W.NW_FRAG]!
    if (frag === 0) return 'frag=no'
    return (frag & FRAG_LATER) !== 0 ? 'frag=later' : 'frag=first'
  }

  private arp(): void {
    this.list('arp', [
      this.address('sip', W.NW_SRC),
      this.address('tip', W.NW_DST),
      this.octet('op', W.NW_PROTO, 'decimal'),
      this.mac('sha', W.ARP_SHA),
      this.mac('tha', W.ARP_THA),
    ])
  }

  private transport(): void {
    switch (this.key[W.NW_PROTO]) {
      case 6:
        this.list('tcp', [this.port('src', W.TP_SRC), this.port('dst', W.TP_DST)])
        this.tcpFlags()
        return
      case 17:
        this.list('udp', [this.port('src', W.TP_SRC), this.port('dst', W.TP_DST)])
        return
      case 132:
        this.list('sctp', [this.port('src', W.TP_SRC), this.port('dst', W.TP_DST)])
        return
      case 1:
      case 58: {
        const parts = [this.octet('type', W.TP_SRC, 'decimal'), this.octet('code', W.TP_DST, 'decimal')]
        this.list(this.key[W.NW_PROTO] === 1 ? 'icmp' : 'icmpv6', parts)
      }
    }
  }

  private tcpFlags(): void {
    const mask = this.mask[W.TCP_FLAGS]!
    if (mask !== 0) this.out.push(`tcp_flags(${formatMaskedFlags(this.key[W.TCP_FLAGS]!, mask, TCP_FLAG_NAMES, 0xfff)})`)
  }
}

export function formatDpKey(view: DpKeyView): string {
  return new KeyWriter(view).text()
}
