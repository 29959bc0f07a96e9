// What connection tracking leaves in a packet's trace.
import type { Packet } from '../packet.js'
import type { Connection, CtState } from './connection.js'

const TRACE_NAME = { name: 'conntrack' }

/** Detail of a 'conntrack' trace event. */
export interface ConntrackNote {
  readonly connection: Connection | null
  readonly direction: 0 | 1
  readonly state: CtState
}

const INVALID: ConntrackNote = { connection: null, direction: 0, state: 'INVALID' }

export function note(pkt: Packet, connection: Connection, direction: 0 | 1, state: CtState): void {
  pkt.trace?.add('conntrack', TRACE_NAME, pkt.frame, { connection, direction, state } satisfies ConntrackNote)
}

export function noteInvalid(pkt: Packet): void {
  pkt.trace?.add('conntrack', TRACE_NAME, pkt.frame, INVALID)
}
