// ofproto/trace: a translation with somebody who listens, in the words of the version that runs.
import { formatIpv4, type Ipv4Address } from '../addr/ipv4.js'
import { formatIpv6, type Ipv6Address } from '../addr/ipv6.js'
import { formatActions } from './action-text.js'
import type { NatAction, OfAction } from './actions/action.js'
import type { OfBridge } from './bridge.js'
import { pushCredits } from './credit.js'
import { formatDpActions } from './dp-text.js'
import { formatField } from './field-text.js'
import { getField, getSubfield, type Subfield } from './fields.js'
import { CT_FLAGS, formatFlags } from './flag-text.js'
import type { Flow } from './flow.js'
import type { FlowKey } from './flow-key.js'
import { ipv6FromWords, setIpv6Words, W } from './flow-key.js'
import { NO_PORT_NAMES, type PortNames, textContext } from './flow-text-error.js'
import { formatMatch } from './match-text.js'
import { maskOfPacket } from './packet-mask.js'
import { CS_NEW, CS_TRACKED } from './packet-meta.js'
import { OFPP_UNSET } from './port-numbers.js'
import type { OfPort } from './ports.js'
import { formatSubfield } from './subfield-text.js'
import { OldTrace } from './trace-old.js'
import type { LearnedFlow, TraceWords } from './trace-report.js'
import { TraceReport } from './trace-report.js'
import { Translation } from './translate.js'
import type { RecircRequest } from './translate-state.js'

export interface TraceQuestion {
  readonly bridge: OfBridge
  readonly key: FlowKey
  readonly port: OfPort | null
  /** There is a packet (-generate, or one in hexadecimal): what it teaches is learned. */
  readonly learns: boolean
  readonly names: boolean
  /** ct_state of the packets that come back from ct(), in order. */
  readonly ctNext: readonly number[]
  /** packet-out: these instead of a lookup. */
  readonly actions?: readonly OfAction[]
}

const LINE = '='.repeat(79)
const MAX_RECIRCULATIONS = 4096

export function portNames(bridge: OfBridge, names: boolean): PortNames {
  return {
    number: (name) => bridge.portByName(name)?.ofport ?? null,
    name: names ? (number) => bridge.ports.get(number)?.name ?? null : NO_PORT_NAMES.name,
  }
}

export function traceWords(version: string, names: boolean): TraceWords {
  const contextOf = (bridge: OfBridge) => textContext(version, portNames(bridge, names))
  const numbers = textContext(version)
  return {
    action: (action, bridge) => formatActions([action], contextOf(bridge)),
    actions: (actions) => formatActions(actions, numbers),
    flow(flow: Flow, bridge) {
      const match = formatMatch(flow.match, contextOf(bridge))
      const cookie = flow.cookie === 0n ? '' : `, cookie 0x${flow.cookie.toString(16)}`
      return `${match === '' ? '' : `${match}, `}priority ${flow.priority}${cookie}`
    },
    learned(mod: LearnedFlow) {
      let text = `table=${mod.table} ${formatMatch(mod.match, numbers)} priority=${mod.priority}`
      if (mod.idleTimeout !== 0) text += ` idle=${mod.idleTimeout}`
      if (mod.hardTimeout !== 0) text += ` hard=${mod.hardTimeout}`
      if (mod.cookie !== 0n) text += ` cookie=0x${mod.cookie.toString(16)}`
      return `${text} actions=${formatActions(mod.actions, numbers)}`
    },
    subfieldNow: (part: Subfield, key: FlowKey) => `${formatSubfield(part)} is now ${valueText(part, key, version)}`,
  }
}

function valueText(part: Subfield, key: FlowKey, version: string): string {
  if (part.ofs === 0 && part.bits >= part.field.bits) return formatField(part.field, getField(key, part.field), null, textContext(version))
  return `0x${getSubfield(key, part).toString(16)}`
}

/** The whole answer. */
export function traceText(question: TraceQuestion): string {
  const queue: RecircRequest[] = []
  const ids: number[] = []
  let out = traceOnce(question, question.key, null, { queue, ids })
  const states = [...question.ctNext]
  let count = 0
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (count++ > MAX_RECIRCULATIONS) {
      out += `\n\n${LINE}\nTrace reached the recirculation limit.  Sopping the trace here.`
      out += `\nQueued but not processed: ${queue.length + 1} recirculations.`
      break
    }
    out += recircHead(next, states)
    out += traceOnce(question, next.key, next.id, { queue, ids })
  }
  for (const id of ids) question.bridge.datapath.frozen.release(id)
  return out.endsWith('\n') ? out : `${out}\n`
}

interface Pending {
  readonly queue: RecircRequest[]
  readonly ids: number[]
}

function traceOnce(question: TraceQuestion, key: FlowKey, id: number | null, pending: Pending): string {
  const { bridge, names, learns } = question
  const { vswitch, datapath } = bridge
  const words = traceWords(vswitch.version, names)
  const text = textContext(vswitch.version, portNames(bridge, names))
  const old = vswitch.atLeast(2, 7) ? null : new OldTrace(vswitch.version)
  const sink = new TraceReport(words, old)
  const flowText = (flow: FlowKey): string => old?.flowText(flow) ?? formatMatch({ key: flow, mask: maskOfPacket(flow) }, text)
  const shown = key.slice()
  shown[W.ACTSET_OUTPUT] = OFPP_UNSET
  const x = new Translation({
    bridge,
    key,
    port: question.port,
    frozen: id === null ? null : datapath.frozen.get(id),
    nowUs: vswitch.nowUs,
    learns,
    sink,
    recircs: pending.queue,
    ...(question.actions === undefined || id !== null ? {} : { actions: question.actions }),
  }).run()
  pending.ids.push(...x.recircIds)
  if (learns) pushCredits(x.credits, { packets: 0, bytes: 0, usedUs: vswitch.nowUs, tcpFlags: 0 })
  let out = `Flow: ${flowText(shown)}\n${old === null ? sink.print() : old.print(sink.nodes)}\nFinal flow: `
  out += sameKey(shown, x.key) ? 'unchanged' : flowText(x.key)
  const isOldest = !vswitch.atLeast(2, 1)
  if (isOldest) {
    x.wildcards[W.SKB_PRIORITY] = -1
    x.wildcards[W.RECIRC_ID] = 0
    x.wildcards[W.NW_FRAG] = 3
  }
  const megaflow = shown.map((word, i) => word & x.wildcards[i]!)
  out += `\n${isOldest ? 'Relevant fields' : 'Megaflow'}: ${formatMatch({ key: megaflow, mask: x.wildcards }, text)}\n`
  out += `Datapath actions: ${formatDpActions(x.actions, names)}`
  if (x.error !== null) return `${out}\nTranslation failed (${x.error}), packet is dropped.\n`
  return out + slowText(x.slow)
}

const SLOW = new Map([
  ['action', 'Uses action(s) not supported by datapath'],
  ['fin_timeout', 'Uses action(s) not supported by datapath'],
])

function slowText(slow: readonly string[]): string {
  if (!slow.includes('action')) return ''
  return `\nThis flow is handled by the userspace slow path because it:\n  - ${SLOW.get('action')}.`
}

function sameKey(a: FlowKey, b: FlowKey): boolean {
  return a.every((word, i) => word === b[i])
}

function recircHead(request: RecircRequest, states: number[]): string {
  const { key, nat } = request
  let out = `\n\n${LINE}\nrecirc(0x${request.id.toString(16)})`
  const given = states.shift()
  key[W.CT_STATE] = given ?? CS_TRACKED | CS_NEW
  out +=
    given === undefined
      ? ' - resume conntrack with default ct_state=trk|new (use --ct-next to customize)'
      : ` - resume conntrack with ct_state=${formatFlags(given, CT_FLAGS)}`
  out += '\n'
  if (nat !== null) out += simulateNat(key, nat)
  return `${out}${LINE}\n\n`
}

/** The first address and port of the range stand for whatever will be chosen. */
function simulateNat(key: FlowKey, nat: NatAction): string {
  let out = `Replacing src/dst IP/ports to simulate NAT:\n Initial flow: ${addressesText(key, nat)}\n`
  if (nat.kind !== null && nat.family !== 0) {
    const source = nat.kind === 'src'
    if (nat.family === 4) key[source ? W.NW_SRC : W.NW_DST] = nat.addressMin as Ipv4Address
    else setIpv6Words(key, source ? W.IPV6_SRC : W.IPV6_DST, nat.addressMin as Ipv6Address)
    if (nat.portMin !== 0) key[source ? W.TP_SRC : W.TP_DST] = nat.portMin
  }
  out += ` Modified flow: ${addressesText(key, nat)}\n`
  return out
}

function addressesText(key: FlowKey, nat: NatAction): string {
  const [sport, dport] = [key[W.TP_SRC], key[W.TP_DST]]
  if (nat.family === 4) return `nw_src=${formatIpv4(key[W.NW_SRC]!)},tp_src=${sport},nw_dst=${formatIpv4(key[W.NW_DST]!)},tp_dst=${dport}`
  if (nat.family !== 6) return ''
  const [src, dst] = [formatIpv6(ipv6FromWords(key, W.IPV6_SRC)), formatIpv6(ipv6FromWords(key, W.IPV6_DST))]
  return `ipv6_src=[${src}],tp_src=${sport},ipv6_dst=[${dst}],tp_dst=${dport}`
}
