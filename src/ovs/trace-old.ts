// ofproto/trace before Open vSwitch 2.7: rules and what they did to the flow, one tab deeper for each resubmit.
import { formatActions } from './action-text.js'
import type { DpAction } from './dp-action.js'
import { formatDpActions } from './dp-text.js'
import type { Flow } from './flow.js'
import type { FlowKey } from './flow-key.js'
import { newKey, W } from './flow-key.js'
import { textContext } from './flow-text-error.js'
import { formatFlowMatch, formatMatch } from './match-text.js'
import type { TraceNode } from './trace-report.js'

/** Remarks that those versions make; of others they know nothing. */
const REMARKS = [
  'packet has reserved destination MAC, dropping',
  'no input bundle, dropping',
  'partial VLAN tag, dropping',
  'input port is mirror output port, dropping',
  'disallowed VLAN VID for this input port, dropping',
  'forwarding to learned port',
  'learned port is unknown, dropping',
  'learned port is input port, dropping',
  'no learned MAC for destination, flooding',
  'Nonexistent output port',
  'OFPPC_NO_FWD set, skipping output',
  'Tunneling decided against output',
  'Not tunneling to our own address',
  'skipping output to input port',
]

interface Moment {
  readonly key: FlowKey
  readonly actions: readonly DpAction[]
  readonly bridge: { readonly noMatch: Flow }
}

function fill(mask: FlowKey, word: number, words = 1): void {
  mask.fill(-1, word, word + words)
}

/** What "Flow:" of those versions shows. */
export function oldMaskOfPacket(key: FlowKey): FlowKey {
  const mask = newKey()
  mask[W.ETH_TYPE] = -1
  for (const word of [W.SKB_PRIORITY, W.PKT_MARK]) if (key[word] !== 0) fill(mask, word)
  if (key[W.NW_PROTO] !== 0) mask[W.NW_PROTO] = 0xff
  for (let word = W.REG0; word < W.REG0 + 8; word++) if (key[word] !== 0) fill(mask, word)
  if (key[W.TUN_DST] !== 0) {
    if ((key[W.TUN_FLAGS]! & 8) !== 0) fill(mask, W.TUN_ID, 2)
    fill(mask, W.TUN_SRC, 2)
    mask[W.TUN_TOS] = 0xff
    mask[W.TUN_TTL] = 0xff
    mask[W.TUN_FLAGS] = 0xf
  } else if (key[W.TUN_ID] !== 0 || key[W.TUN_ID + 1] !== 0) fill(mask, W.TUN_ID, 2)
  fill(mask, W.METADATA, 2)
  mask[W.IN_PORT] = 0xffff
  mask[W.VLAN_TCI] = 0xffff
  fill(mask, W.ETH_DST, 4)
  network(key, mask)
  return mask
}

function network(key: FlowKey, mask: FlowKey): void {
  const type = key[W.ETH_TYPE]!
  const isArp = type === 0x0806 || type === 0x8035
  if (type === 0x86dd) {
    fill(mask, W.IPV6_SRC, 8)
    mask[W.IPV6_LABEL] = 0xfffff
  } else if (type === 0x0800 || isArp) fill(mask, W.NW_SRC, 2)
  if (isArp) fill(mask, W.ARP_SHA, 4)
  if (type !== 0x0800 && type !== 0x86dd) return
  mask[W.NW_TOS] = 0xff
  mask[W.NW_TTL] = 0xff
  if (key[W.NW_FRAG] !== 0) mask[W.NW_FRAG] = 3
  const proto = key[W.NW_PROTO]
  if (proto !== 1 && proto !== 58 && key[W.TP_SRC] === 0 && key[W.TP_DST] === 0) return
  mask[W.TP_SRC] = 0xffff
  mask[W.TP_DST] = 0xffff
}

export class OldTrace {
  private last: FlowKey | null = null

  constructor(private readonly version: string) {}

  flowText(key: FlowKey): string {
    return formatMatch({ key, mask: oldMaskOfPacket(key) }, textContext(this.version))
  }

  /** Lines about a rule that was found; behind the first one what had become of the flow by then stands before them. */
  rule(x: Moment, flow: Flow): string {
    const first = this.last === null
    const changed = this.last === null || x.key.some((word, i) => word !== this.last![i] && i !== W.ACTSET_OUTPUT)
    this.last = x.key.slice()
    if (first) return this.ruleText(x, flow, true)
    const regs = Array.from({ length: 8 }, (_, i) => ` reg${i}=0x${(x.key[W.REG0 + i]! >>> 0).toString(16)}`).join('')
    const lines = [
      `Resubmitted flow: ${changed ? this.flowText(x.key) : 'unchanged'}`,
      `Resubmitted regs:${regs}`,
      `Resubmitted  odp: ${formatDpActions(x.actions, false)}`,
    ]
    return `${lines.join('\n')}\n${this.ruleText(x, flow, false)}`
  }

  private ruleText(x: Moment, flow: Flow, first: boolean): string {
    if (flow === x.bridge.noMatch && !first) return 'No match'
    const text = textContext(this.version)
    const cookie = flow.cookie === 0n ? '0' : `0x${flow.cookie.toString(16)}`
    const rule = `Rule: table=${flow.table} cookie=${cookie} ${formatFlowMatch(flow.match, flow.priority, text)}`
    const lines = `${rule}\nOpenFlow actions=${formatActions(flow.actions, text)}`
    if (flow !== x.bridge.noMatch) return lines
    return `${lines}\n\nNo match, packets dropped because OFPPC_NO_PACKET_IN is set on in_port.`
  }

  /** `depth`: of the rule that the remarks belong to; a rule found by it stands one tab deeper. */
  print(nodes: readonly TraceNode[], depth = -1): string {
    let out = ''
    for (const node of nodes) {
      if (node.type === 'table' && !node.text.startsWith('--.')) {
        const below = depth + 1
        out += `${below > 0 ? '\n' : ''}${node.text.replace(/^(?=.)/gm, '\t'.repeat(below))}\n${this.print(node.subs, below)}`
      } else if (node.type === 'detail' || node.type === 'warn') {
        if (REMARKS.includes(node.text)) out += `${'\t'.repeat(Math.max(depth, 0))}${node.text}\n`
      } else out += this.print(node.subs, depth)
    }
    return out
  }
}
