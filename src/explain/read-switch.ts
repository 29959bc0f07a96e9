// What a switch noted about a packet, as steps.
import { isMulticastMac, type MacAddress } from '../addr/mac.js'
import type { OfBridge } from '../ovs/bridge.js'
import type { Mark } from '../ovs/credit.js'
import type { DpAction } from '../ovs/dp-action.js'
import type { OfPort } from '../ovs/ports.js'
import type { DpNote, LearnNote, SwitchNote, TableNote } from '../ovs/trace-notes.js'
import type { TraceEvent } from '../trace/packet-trace.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import { headerDiff } from './headers.js'
import type { Place, StepFields } from './hop-writer.js'
import { flowActions, flowLine, flowMatch, ipText } from './lines.js'

export function bridgePlace(bridge: OfBridge): Place {
  return { node: bridge.vswitch.kernel.name, netns: '', place: bridge.name, kind: 'ovs-bridge' }
}

/** null: not one of a switch's. */
export function switchNote(event: TraceEvent): SwitchNote | null {
  const { detail, kind } = event
  if (kind !== 'table' && kind !== 'action' && kind !== 'fdb') return null
  if (typeof detail !== 'object' || detail === null || !('kind' in detail)) return null
  switch ((detail as SwitchNote).kind) {
    case 'table':
    case 'ingress':
    case 'patch':
    case 'learn':
    case 'dp':
    case 'normal':
    case 'output':
    case 'back':
      return detail as SwitchNote
    default:
      return null
  }
}

/** Where the step belongs; null: it goes on in the bridge it is in. */
export function bridgeOfNote(note: SwitchNote): OfBridge | null {
  switch (note.kind) {
    case 'table':
    case 'normal':
    case 'learn':
      return note.bridge
    case 'ingress':
      return note.port.bridge
    case 'patch':
      return note.from.bridge
    case 'output':
      return note.port.bridge
    case 'dp':
    case 'back':
      return null
  }
}

/** null: nothing to tell by itself. */
export function switchStep(note: SwitchNote, { dst }: EthernetFrame): StepFields | null {
  switch (note.kind) {
    case 'table':
      return tableStep(note)
    case 'ingress':
      return {
        kind: 'action',
        label: note.isBack ? 'recirculated' : 'in',
        text: note.isBack ? 'back from ct(): the tables go on' : `port ${portText(note.port)}`,
        minor: !note.isBack,
        command: `ovs-vsctl show`,
      }
    case 'patch':
      return {
        kind: 'action',
        label: 'patch',
        text: `${note.from.name} -> ${note.to.name} of ${note.to.bridge.name}`,
        command: `ovs-vsctl get interface ${note.from.name} options`,
      }
    case 'learn':
      return learnStep(note)
    case 'normal':
      return normalStep(note, dst)
    case 'output':
      return { kind: 'action', label: 'output', text: `port ${portText(note.port)}`, command: `ovs-ofctl show ${note.port.bridge.name}` }
    case 'dp':
    case 'back':
      return null
  }
}

export function portText(port: OfPort): string {
  const tag = port.vlan.tag === null ? '' : `, tag ${port.vlan.tag}`
  return `${port.ofport === 65534 ? 'LOCAL' : port.ofport} (${port.name}${tag})`
}

function tableStep({ bridge, table, flow, matched }: TableNote): StepFields {
  const actions = flow.actions.length === 0 ? 'drop' : flowActions(bridge, flow)
  const match = flowMatch(bridge, flow)
  return {
    kind: 'table',
    label: `table ${table.id}`,
    text: matched ? `${match === '' ? `priority=${flow.priority}` : match} actions=${actions}` : 'no flow matches: the packet is dropped',
    detail: matched ? [flowLine(bridge, flow)] : [],
    command: `ovs-ofctl dump-flows ${bridge.name} table=${table.id}`,
    object: matched ? { kind: 'flow', bridge, table: table.id, flow } : null,
  }
}

function learnStep({ bridge, mod }: LearnNote): StepFields {
  return {
    kind: 'action',
    label: 'learn',
    text: `a flow for the way back goes into table ${mod.table ?? 0}`,
    minor: true,
    command: `ovs-ofctl dump-flows ${bridge.name} table=${mod.table ?? 0}`,
  }
}

function normalStep(note: Mark & { kind: 'normal' }, dst: MacAddress): StepFields {
  const { bridge, decision, from, to, vlan } = note
  return {
    kind: 'fdb',
    label: 'NORMAL',
    text: decisionText(decision, { from, to, vlan, dst }),
    command: decision === 'refused-vlan' || decision === 'no-port' ? 'ovs-vsctl show' : `ovs-appctl fdb/show ${bridge.name}`,
  }
}

interface Between {
  readonly from: OfPort | null
  readonly to: OfPort | null
  readonly vlan: number
  readonly dst: MacAddress
}

function decisionText(decision: (Mark & { kind: 'normal' })['decision'], { from, to, vlan, dst }: Between): string {
  const inVlan = vlan === 0 ? 'no VLAN' : `VLAN ${vlan}`
  switch (decision) {
    case 'known':
      return `${inVlan}, the MAC address is known on port ${to === null ? '?' : portText(to)}`
    case 'flood':
      return `${inVlan}, ${isMulticastMac(dst) ? 'broadcast' : 'MAC address not learned'}: flooded to every other port of the VLAN`
    case 'own-port':
      return `${inVlan}, the MAC address is behind the port it came in by: dropped`
    case 'refused-vlan':
      return `port ${from === null ? '?' : portText(from)} does not take VLAN ${vlan}: dropped`
    case 'reserved':
      return 'a reserved group address: dropped'
    case 'bond':
      return 'the bond does not take it from this member: dropped'
    case 'no-port':
      return 'came in by no port: dropped'
  }
}

/** What the datapath's actions changed since `before`, in one step; null: nothing. */
export function rewriteStep(notes: readonly DpNote[], before: EthernetFrame, after: EthernetFrame): StepFields | null {
  const tunnel = notes.map(({ action }) => action).findLast((action) => action.type === 'set_tunnel')
  const changes = headerDiff(before, after)
  const parts = changes.map(({ layer, field, before: old, after: now }) => `${layer} ${field} ${old ?? 'none'} -> ${now ?? 'none'}`)
  if (tunnel !== undefined) parts.push(tunnelText(tunnel))
  return parts.length === 0 ? null : { kind: 'action', label: 'rewrite', text: parts.join(', ') }
}

function tunnelText(action: DpAction & { type: 'set_tunnel' }): string {
  const { vni, dst } = action.tunnel
  return `tunnel key 0x${vni.toString(16)} to ${ipText(dst)}`
}
