// What the switch writes into a packet's trace: the flows it met and the stations between them, also for packets that a cached result answers.
import type { Packet } from '../kernel/packet.js'
import type { PacketTrace } from '../trace/packet-trace.js'
import type { FlowMod, OfBridge } from './bridge.js'
import type { Mark } from './credit.js'
import type { Datapath, DpPort } from './datapath.js'
import type { DpAction } from './dp-action.js'
import type { Flow } from './flow.js'
import type { FlowTable } from './flow-table.js'
import type { Megaflow } from './megaflow.js'
import type { OfPort } from './ports.js'
import { isTunnelKind } from './tunnel.js'

/** 'table': a lookup in one table, and the flow it found. */
export interface TableNote {
  readonly kind: 'table'
  readonly bridge: OfBridge
  readonly table: FlowTable
  readonly flow: Flow
  /** False: no flow, the switch's own rule for that. */
  readonly matched: boolean
}

/** 'action': the packet comes into a bridge by a port; `isBack`: it comes back from ct() or the like. */
export interface IngressNote {
  readonly kind: 'ingress'
  readonly port: OfPort
  readonly isBack: boolean
}

/** 'action': through a patch port into the bridge of its peer. */
export interface PatchNote {
  readonly kind: 'patch'
  readonly from: OfPort
  readonly to: OfPort
}

/** 'action': a flow was learned, or its time began anew. */
export interface LearnNote {
  readonly kind: 'learn'
  readonly bridge: OfBridge
  readonly mod: FlowMod
}

/** 'action': the datapath changes the packet. */
export interface DpNote {
  readonly kind: 'dp'
  readonly action: DpAction
}

export type SwitchNote = TableNote | IngressNote | PatchNote | LearnNote | DpNote | Mark

interface Met {
  readonly flow: Megaflow
  readonly port: DpPort
  readonly isBack: boolean
}

/** Call it only for a packet with a trace. */
export function noteFlow(dp: Datapath, pkt: Packet, met: Met): void {
  const { trace, frame } = pkt
  if (trace === null) return
  const { port } = met
  const ofPort = isTunnelKind(port.type as OfPort['kind']) ? dp.vswitch.tunnelPortOf(port, pkt) : port.ofPort
  if (ofPort !== null)
    trace.add('action', ofPort.bridge, frame, { kind: 'ingress', port: ofPort, isBack: met.isBack } satisfies IngressNote)
  for (const credit of met.flow.credits) {
    switch (credit.type) {
      case 'flow': {
        const { bridge, table, flow, matched } = credit
        trace.add('table', bridge, frame, { kind: 'table', bridge, table, flow, matched } satisfies TableNote)
        break
      }
      case 'ports':
        notePatch(trace, pkt, credit)
        break
      case 'learn':
        if (!credit.isDelete)
          trace.add('action', credit.bridge, frame, { kind: 'learn', bridge: credit.bridge, mod: credit.mod } satisfies LearnNote)
        break
      case 'mark':
        trace.add(credit.mark.kind === 'normal' ? 'fdb' : 'action', dp, frame, credit.mark)
        break
      case 'normal':
      case 'bucket':
      case 'mirror':
      case 'fin':
        break
    }
  }
}

function notePatch(trace: PacketTrace, pkt: Packet, { tx, rx }: { readonly tx: OfPort | null; readonly rx: OfPort | null }): void {
  if (tx === null || rx === null) return
  trace.add('action', tx.bridge, pkt.frame, { kind: 'patch', from: tx, to: rx } satisfies PatchNote)
}

/** The frame is the one after the action. */
export function noteAction(dp: Datapath, pkt: Packet, action: DpAction): void {
  pkt.trace?.add('action', dp, pkt.frame, { kind: 'dp', action } satisfies DpNote)
}
