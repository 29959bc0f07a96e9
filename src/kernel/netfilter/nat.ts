// Network address translation: the first packet asks the nat table, every packet is rewritten as its connection says.
import { Copied } from '../../sim/copied.js'
import type { EthernetFrame } from '../../wire/ethernet.js'
import { ICMP_REDIRECT } from '../../wire/icmp.js'
import type { Connection } from './connection.js'
import { IPS_CONFIRMED, IPS_DST_NAT, IPS_DST_NAT_DONE, IPS_SRC_NAT, IPS_SRC_NAT_DONE, ORIGINAL, REPLY } from './connection.js'
import { runTable } from './evaluate.js'
import type { Hook, HookFunction, HookState, Verdict } from './hook-state.js'
import { PRIORITY } from './hook-state.js'
import { manipulate, manipulateQuote } from './nat-mangle.js'
import type { Manip } from './nat-table.js'
import { NULL_RANGE } from './nat-table.js'
import type { Table } from './table.js'
import { invert } from './tuple-of.js'

/** Destinations change where packets come in or are made, sources where they leave or are delivered. */
export function manipOf(hook: Hook): Manip {
  return hook === 'POSTROUTING' || hook === 'INPUT' ? 'SRC' : 'DST'
}

/** Detail of a 'nat' trace event. */
export interface NatNote {
  readonly connection: Connection
  readonly manip: Manip
  readonly before: EthernetFrame
}

export class NatHook extends Copied implements HookFunction {
  readonly name = 'nat'
  readonly priority: number
  private readonly manip: Manip

  constructor(
    private readonly table: Table,
    hook: Hook,
  ) {
    super()
    this.manip = manipOf(hook)
    this.priority = this.manip === 'SRC' ? PRIORITY.srcnat : PRIORITY.dstnat
  }

  run(state: HookState): Verdict {
    const { pkt } = state
    const connection = pkt.ct
    // Without tracking there is no translation, and the table's rules are not even looked at.
    if (connection === null) return 'ACCEPT'
    return this.translate(state, connection)
  }

  private translate(state: HookState, connection: Connection): Verdict {
    const { pkt } = state
    if (pkt.ctState === 'RELATED' && state.ip.proto === 1) {
      const message = state.ip.payload
      if (!(message instanceof Uint8Array) && message.kind === 'icmp' && message.type !== 0 && message.type !== 8) {
        return this.translateError(state, connection)
      }
    }
    if (pkt.ctState === 'NEW' || pkt.ctState === 'RELATED') {
      const verdict = this.begin(state, connection)
      if (verdict !== 'ACCEPT') return verdict
    } else if (this.leavesElsewhere(state, connection)) {
      state.netfilter.conntrack.kill(connection)
      return 'DROP'
    }
    return this.rewrite(state, connection)
  }

  /** The first packet of each direction of binding: what do the rules say? */
  private begin(state: HookState, connection: Connection): Verdict {
    const done = this.manip === 'SRC' ? IPS_SRC_NAT_DONE : IPS_DST_NAT_DONE
    if (connection.has(done) || connection.has(IPS_CONFIRMED)) return 'ACCEPT'
    const verdict = runTable(this.table, state)
    if (verdict !== 'ACCEPT') return verdict
    // No rule spoke: keep the addresses, but two connections must never share a tuple.
    if (!connection.has(done)) state.netfilter.conntrack.nat.bind(connection, NULL_RANGE, this.manip)
    return 'ACCEPT'
  }

  /** A masqueraded flow whose route changed to another device starts anew. */
  private leavesElsewhere(state: HookState, connection: Connection): boolean {
    const { masqueradeIfindex } = connection
    if (state.hook !== 'POSTROUTING' || masqueradeIfindex === 0 || state.pkt.ctDirection !== ORIGINAL) return false
    return state.outDev !== null && state.outDev.ifindex !== masqueradeIfindex
  }

  private rewrite(state: HookState, connection: Connection): Verdict {
    const { pkt } = state
    if (!this.applies(connection, pkt.ctDirection)) return 'ACCEPT'
    const target = invert(connection.tuple(pkt.ctDirection === ORIGINAL ? REPLY : ORIGINAL))!
    const before = pkt.frame
    state.setIp(manipulate(state.ip, target, this.manip))
    if (pkt.trace !== null) pkt.trace.add('nat', this, pkt.frame, { connection, manip: this.manip, before } satisfies NatNote)
    return 'ACCEPT'
  }

  private applies(connection: Connection, direction: 0 | 1): boolean {
    const isSource = (this.manip === 'SRC') === (direction === ORIGINAL)
    return connection.has(isSource ? IPS_SRC_NAT : IPS_DST_NAT)
  }

  /** An ICMP error: the packet it quotes is turned back, and the error itself looks like an answer. */
  private translateError(state: HookState, connection: Connection): Verdict {
    const { pkt, ip } = state
    const message = ip.payload
    if (message instanceof Uint8Array || message.kind !== 'icmp') return 'DROP'
    // A redirect about a translated connection would make the two ends talk past the translation.
    if (message.type === ICMP_REDIRECT && isMaybeTranslated(connection)) return 'DROP'
    if (!this.applies(connection, pkt.ctDirection)) return 'ACCEPT'
    const other = connection.tuple(pkt.ctDirection === ORIGINAL ? REPLY : ORIGINAL)
    const quoted = manipulateQuote(message.payload, other, this.manip === 'SRC' ? 'DST' : 'SRC')
    if (quoted === null) return 'DROP'
    const target = invert(other)!
    const payload = message.withPayload(quoted)
    const next = this.manip === 'SRC' ? ip.withAddresses(target.src, ip.dst, payload) : ip.withAddresses(ip.src, target.dst, payload)
    const before = pkt.frame
    state.setIp(next)
    if (pkt.trace !== null) pkt.trace.add('nat', this, pkt.frame, { connection, manip: this.manip, before } satisfies NatNote)
    return 'ACCEPT'
  }
}

/** Translated, or not yet known not to be. */
function isMaybeTranslated(connection: Connection): boolean {
  const isDone = connection.has(IPS_SRC_NAT_DONE) && connection.has(IPS_DST_NAT_DONE)
  return !isDone || connection.has(IPS_SRC_NAT | IPS_DST_NAT)
}
