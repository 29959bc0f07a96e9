// Datapath actions as text: "Datapath actions:" of a trace, and what dump-flows of the datapath shows.
import { formatIpv4 } from '../addr/ipv4.js'
import { formatIpv6 } from '../addr/ipv6.js'
import { formatMac } from '../addr/mac.js'
import type { NatAction } from './actions/action.js'
import type { DpPort } from './datapath.js'
import type { CtExecution, DpAction, SetPart } from './dp-action.js'
import type { FlowKey } from './flow-key.js'
import { ipv6FromWords, macFromWords, W } from './flow-key.js'
import { lseText } from './mpls.js'
import { pushText, tunnelText } from './tunnel-header.js'

const hex = (value: number): string => (value === 0 ? '0' : `0x${(value >>> 0).toString(16)}`)

/** `names`: ports by name (--names). */
export function formatDpActions(actions: readonly DpAction[], names: boolean): string {
  if (actions.length === 0) return 'drop'
  return actions.map((action) => formatDpAction(action, names)).join(',')
}

function portText(port: DpPort, names: boolean): string {
  if (!names) return `${port.number}`
  return /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(port.name) ? port.name : `"${port.name}"`
}

function formatDpAction(action: DpAction, names: boolean): string {
  switch (action.type) {
    case 'output':
      return portText(action.port, names)
    case 'push_vlan': {
      const tpid = action.tpid === 0x8100 ? '' : `tpid=0x${action.tpid.toString(16).padStart(4, '0')},`
      return `push_vlan(${tpid}vid=${action.tci & 0xfff},pcp=${(action.tci >> 13) & 7})`
    }
    case 'pop_vlan':
    case 'ct_clear':
      return action.type
    case 'push_mpls':
      return `push_mpls(${lseText(action.lse)},eth_type=0x${action.ethType.toString(16)})`
    case 'pop_mpls':
      return `pop_mpls(eth_type=0x${action.ethType.toString(16)})`
    case 'set_mpls':
      return `set(mpls(${lseText(action.lse)}))`
    case 'set':
      return `set(${action.attr}(${action.parts.map((part) => partText(part, action.key, action.mask, action.attr)).join(',')}))`
    case 'set_tunnel':
      return `set(${tunnelText(action.tunnel)})`
    case 'set_mark':
      return `set(skb_mark(${hex(action.value)}${action.mask === -1 ? '' : `/${hex(action.mask)}`}))`
    case 'set_priority':
      return `set(skb_priority(${hex(action.value)}))`
    case 'controller':
      return action.text
    case 'ct':
      return ctText(action.ct)
    case 'recirc':
      return `recirc(${hex(action.id)})`
    case 'hash':
      return `hash(l4(${action.basis}))`
    case 'clone':
      return `clone(${formatDpActions(action.actions, names)})`
    case 'check_pkt_len': {
      const branches = `gt(${formatDpActions(action.greater, names)}),le(${formatDpActions(action.less, names)})`
      return `check_pkt_len(size=${action.size},${branches})`
    }
    case 'trunc':
      return `trunc(${action.length})`
    case 'meter':
      return `meter(${action.id})`
    case 'tnl_push':
      return `tnl_push(tnl_port(${portText(action.push.tunnelPort, names)}),${pushText(action.push)},out_port(${portText(action.push.outPort, names)}))`
    case 'tnl_pop':
      return `tnl_pop(${portText(action.port, names)})`
  }
}

/** Bits that stay as they are show as zero. */
function partText(part: SetPart, values: FlowKey, mask: FlowKey, attr: string): string {
  const { name, word } = part
  const key = values.map((value, i) => (i >= word && i < word + part.words ? value & mask[i]! : value))
  switch (part.words) {
    case 2: {
      const bits = macFromWords(mask, word)
      return `${name}=${formatMac(macFromWords(key, word))}${bits === 0xffffffffffff ? '' : `/${formatMac(bits)}`}`
    }
    case 4: {
      const bits = ipv6FromWords(mask, word)
      return `${name}=${formatIpv6(ipv6FromWords(key, word))}${bits === (1n << 128n) - 1n ? '' : `/${formatIpv6(bits)}`}`
    }
    default:
      return `${name}=${wordText(word, key[word]!, attr)}${maskText(word, mask[word]!, attr)}`
  }
}

function isAddress(word: number, attr: string): boolean {
  return (word === W.NW_SRC || word === W.NW_DST) && attr !== 'tcp'
}

function wordText(word: number, value: number, attr: string): string {
  if (isAddress(word, attr)) return formatIpv4(value)
  if (word === W.NW_TOS) return hex(value)
  return `${value >>> 0}`
}

function maskText(word: number, mask: number, attr: string): string {
  if (isAddress(word, attr)) return mask === -1 ? '' : `/${formatIpv4(mask)}`
  const full = word === W.NW_TOS || word === W.NW_TTL || word === W.NW_PROTO ? 0xff : 0xffff
  if (word === W.IPV6_LABEL || (mask & full) === full) return ''
  return `/${hex(mask)}`
}

function ctText(ct: CtExecution): string {
  const parts: string[] = []
  if (ct.commit && !ct.force) parts.push('commit')
  if (ct.force) parts.push('force_commit')
  if (ct.zone !== 0) parts.push(`zone=${ct.zone}`)
  if (ct.mark !== null) parts.push(`mark=${hex(ct.mark.value)}/${hex(ct.mark.mask)}`)
  if (ct.label !== null) parts.push(`label=${hex128(ct.label.value)}/${hex128(ct.label.mask)}`)
  if (ct.helper !== null) parts.push(`helper=${ct.helper}`)
  if (ct.nat !== null) parts.push(natText(ct.nat))
  return parts.length === 0 ? 'ct' : `ct(${parts.join(',')})`
}

function hex128(value: bigint): string {
  return `0x${value.toString(16)}`
}

function natText(nat: NatAction): string {
  if (nat.kind === null) return 'nat'
  let text = `nat(${nat.kind}`
  if (nat.family !== 0) {
    const ports = nat.portMin !== 0
    text += `=${addressText(nat.addressMin, ports)}`
    if (nat.addressMax !== nat.addressMin && BigInt(nat.addressMax) !== 0n) text += `-${addressText(nat.addressMax, ports)}`
    if (ports) text += `:${nat.portMin}${nat.portMax !== 0 && nat.portMax !== nat.portMin ? `-${nat.portMax}` : ''}`
  }
  if (nat.persistent) text += ',persistent'
  if (nat.hash) text += ',hash'
  if (nat.random) text += ',random'
  return `${text})`
}

function addressText(address: number | bigint, bracket: boolean): string {
  if (typeof address === 'number') return formatIpv4(address)
  return bracket ? `[${formatIpv6(address)}]` : formatIpv6(address)
}
