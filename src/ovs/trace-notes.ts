// What the switch writes into a packet's trace: the flows it met and the stations between them, also for packets that a cached result answers.
import type { Packet } from '../kernel/packet.js'
import type { Named, TraceKind } from '../trace/packet-trace.js'
import type { FlowMod, OfBridge } from './bridge.js'
import type { Credit, Mark } from './credit.js'
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

/** One event of all packets of a cached result. */
export interface FlowNote {
  readonly kind: TraceKind
  readonly where: Named
  readonly detail: SwitchNote
}

/** Call it only for a packet with a trace. */
export function noteFlow(dp: Datapath, pkt: Packet, met: Met): void {
  const { trace, frame } = pkt
  if (trace === null) return
  const { port, flow } = met
  const ofPort = isTunnelKind(port.type as OfPort['kind']) ? dp.vswitch.tunnelPortOf(port, pkt) : port.ofPort
  if (ofPort !== null)
    trace.add('action', ofPort.bridge, frame, { kind: 'ingress', port: ofPort, isBack: met.isBack } satisfies IngressNote)
  if (flow.notes === null || flow.notedCredits !== flow.credits) {
    flow.notes = notesOf(dp, flow.credits)
    flow.notedCredits = flow.credits
  }
  for (const note of flow.notes) trace.add(note.kind, note.where, frame, note.detail)
}

function notesOf(dp: Datapath, credits: readonly Credit[]): FlowNote[] {
  const notes: FlowNote[] = []
  for (const credit of credits) {
    switch (credit.type) {
      case 'flow': {
        const { bridge, table, flow, matched } = credit
        notes.push({ kind: 'table', where: bridge, detail: { kind: 'table', bridge, table, flow, matched } })
        break
      }
      case 'ports':
        if (credit.tx === null || credit.rx === null) break
        notes.push({ kind: 'action', where: credit.tx.bridge, detail: { kind: 'patch', from: credit.tx, to: credit.rx } })
        break
      case 'learn':
        if (!credit.isDelete)
          notes.push({ kind: 'action', where: credit.bridge, detail: { kind: 'learn', bridge: credit.bridge, mod: credit.mod } })
        break
      case 'mark':
        notes.push({ kind: credit.mark.kind === 'normal' ? 'fdb' : 'action', where: dp, detail: credit.mark })
        break
      case 'normal':
      case 'bucket':
      case 'mirror':
      case 'fin':
        break
    }
  }
  return notes
}

/** The frame is the one after the action. */
export function noteAction(dp: Datapath, pkt: Packet, action: DpAction): void {
  pkt.trace?.add('action', dp, pkt.frame, { kind: 'dp', action } satisfies DpNote)
}
