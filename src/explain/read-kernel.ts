// What the kernel noted about a packet, as steps: routes, neighbours, forwarding, bridges, delivery.
import { isMulticastMac } from '../addr/mac.js'
import { BridgeDevice } from '../kernel/dev/bridge.js'
import { FdbEntry } from '../kernel/dev/fdb.js'
import type { NetDevice } from '../kernel/netdev.js'
import type { ConntrackNote } from '../kernel/netfilter/ct-note.js'
import { NetNamespace } from '../kernel/netns.js'
import type { InputError } from '../kernel/route.js'
import type { RouteResult } from '../kernel/route-result.js'
import type { Rule } from '../kernel/rule.js'
import { Socket } from '../kernel/socket.js'
import type {
  ArpNote,
  ForwardNote,
  FragmentNote,
  LearnedNote,
  NeighbourNote,
  RefusalNote,
  RouteNote,
  WrapNote,
} from '../kernel/trace-notes.js'
import type { TraceEvent } from '../trace/packet-trace.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import { ICMP_ECHO } from '../wire/icmp.js'
import { frameText, ipOf } from './frame-text.js'
import type { StepFields } from './hop-writer.js'
import { inNetns, ipText, macText, neighbourLine, policyRuleLine, routeLine, tableName } from './lines.js'

export type KernelNote = RouteNote | RefusalNote | NeighbourNote | ArpNote | LearnedNote | ForwardNote | FragmentNote

export function kernelNote(event: TraceEvent): KernelNote | null {
  const { detail, kind } = event
  if (kind !== 'route' && kind !== 'neigh' && kind !== 'action') return null
  return typeof detail === 'object' && detail !== null && 'kind' in detail ? (detail as KernelNote) : null
}

export function netnsOfNote(note: KernelNote): NetNamespace {
  switch (note.kind) {
    case 'route':
    case 'refused':
    case 'forward':
    case 'fragment':
      return note.netns
    case 'neighbour':
    case 'learned':
      return note.neighbour.dev.netns
    case 'arp':
      return note.dev.netns
  }
}

export function kernelStep(note: KernelNote, event: TraceEvent): StepFields {
  switch (note.kind) {
    case 'route':
      return routeStep(note, event.frame)
    case 'refused':
      return {
        kind: 'route',
        label: 'route',
        text: refusalText(note.error),
        detail: [...(note.rule === null ? [] : [policyRuleLine(note.netns, note.rule)]), ...reverseLines(note)],
        passed: passedRules(note.netns, note.rule),
        command: routeCommand(note.netns, event.frame, note.dev),
        object: note.rule === null ? null : { kind: 'policy-rule', netns: note.netns, rule: note.rule },
      }
    case 'neighbour':
      return neighbourStep(note)
    case 'learned':
      return {
        kind: 'neigh',
        label: 'learned',
        text: `${ipText(note.neighbour.address)} is ${macText(note.neighbour.lladdr)} ${note.neighbour.state}`,
        detail: [neighbourLine(note.neighbour)],
        command: neighbourCommand(note.neighbour.dev),
        object: { kind: 'neighbour', netns: note.neighbour.dev.netns, neighbour: note.neighbour },
      }
    case 'arp':
      return arpStep(note, event.frame)
    case 'forward':
      return {
        kind: 'action',
        label: 'forward',
        text: `ttl ${(ipOf(event.frame)?.ttl ?? 0) + 1} -> ${ipOf(event.frame)?.ttl ?? 0}`,
        command: inNetns(note.netns, 'sysctl net.ipv4.ip_forward'),
      }
    case 'fragment':
      return {
        kind: 'action',
        label: 'fragment',
        text: `longer than the mtu of ${note.mtu}: leaves in ${note.pieces} fragments`,
        command: inNetns(note.netns, 'ip link'),
      }
  }
}

/** The way back that rp_filter found. */
function reverseLines({ netns, error, reverse }: RefusalNote): string[] {
  if (error !== 'rp-filter') return []
  return [reverse === null ? 'the way back: no route' : `the way back: ${routeLine(netns, reverse)}`]
}

/** Rules before the one that decided, most of which did not fit. */
function passedRules(netns: NetNamespace, rule: Rule | null): string[] {
  const rules = netns.rules.list()
  const end = rule === null ? rules.length : rules.indexOf(rule)
  return rules.slice(0, Math.max(end, 0)).map((each) => policyRuleLine(netns, each))
}

function isStandard(preference: number): boolean {
  return preference === 0 || preference === 32766 || preference === 32767
}

function routeStep({ netns, route, rule, direction, iif }: RouteNote, frame: EthernetFrame): StepFields {
  const entry = route.route
  const line = entry === null ? routeWords(route) : routeLine(netns, entry)
  let text = line
  if (route.type === 'local') text = 'for this machine'
  else if (rule !== null && !isStandard(rule.preference)) text = `rule ${policyRuleLine(netns, rule).replace(':\t', ' ')}: ${line}`
  if (direction === 'out' && route.type === 'local') text = 'to this machine itself'
  const detail = [...(rule === null ? [] : [policyRuleLine(netns, rule)]), ...(entry === null ? [] : [tableLine(entry.table, line)])]
  return {
    kind: 'route',
    label: 'route',
    text,
    minor: direction === 'in' && route.type === 'local',
    passed: rule === null ? [] : passedRules(netns, rule),
    detail,
    command: routeCommand(netns, frame, iif),
    object: entry !== null ? { kind: 'route', netns, route: entry, rule } : null,
  }
}

function tableLine(table: number, line: string): string {
  return table === 254 ? line : `${line}   (table ${tableName(table)})`
}

function routeWords({ type, dev }: RouteResult): string {
  return `${type} dev ${dev.name}`
}

/** What a learner types to ask the kernel the same. */
function routeCommand(netns: NetNamespace, frame: EthernetFrame, iif: NetDevice | null): string {
  const ip = ipOf(frame)
  if (ip === null) return inNetns(netns, 'ip route')
  return inNetns(netns, `ip route get ${ipText(ip.dst)}${iif === null ? '' : ` from ${ipText(ip.src)} iif ${iif.name}`}`)
}

export function neighbourCommand(dev: NetDevice): string {
  return inNetns(dev.netns, `ip neigh show dev ${dev.name}`)
}

function refusalText(error: InputError): string {
  switch (error) {
    case 'martian-source':
      return 'refused: the source is an address of this machine, or an impossible one'
    case 'martian-destination':
      return 'refused: no packet from outside may have this destination'
    case 'rp-filter':
      return 'refused by rp_filter: the way back to the source does not lead out of the device it came in by'
    case 'not-forwarding':
      return 'not for this machine, and it does not forward'
    case 'EINVAL':
      return 'blackhole'
    case 'EACCES':
      return 'prohibited'
    case 'EHOSTUNREACH':
      return 'unreachable'
    default:
      return 'no route'
  }
}

function neighbourStep({ neighbour, state, lladdr }: NeighbourNote): StepFields {
  const address = ipText(neighbour.address)
  const known = lladdr !== null && state !== 'FAILED' && state !== 'INCOMPLETE' && state !== 'NONE'
  return {
    kind: 'neigh',
    label: 'neigh',
    text: known ? `${address} is ${macText(lladdr)} ${state}` : `${address} is not known on ${neighbour.dev.name} yet: asked by ARP`,
    // As it was then: by now it is another state.
    detail: lladdr === null ? [] : [`${address} dev ${neighbour.dev.name} lladdr ${macText(lladdr)} ${state}`],
    command: neighbourCommand(neighbour.dev),
    object: { kind: 'neighbour', netns: neighbour.dev.netns, neighbour },
  }
}

function arpStep(note: ArpNote, question: EthernetFrame): StepFields {
  const { dev, route } = note
  return {
    kind: 'neigh',
    label: 'arp',
    text: `${arpDecision(note)}${waits(note, question) ? ', after a random wait (proxy_delay)' : ''}`,
    detail: typeof route === 'string' || route.route === null ? [] : [routeLine(dev.netns, route.route)],
    command: arpCommand(note),
    object: { kind: 'device', device: dev },
  }
}

export function arpCommand({ dev, arp, route, forwards }: ArpNote): string {
  if (typeof route === 'string') return inNetns(dev.netns, forwards ? `ip route get ${ipText(arp.targetIp)}` : 'sysctl net.ipv4.ip_forward')
  if (route.type === 'local') return inNetns(dev.netns, `ip addr show`)
  return inNetns(dev.netns, `sysctl net.ipv4.conf.${dev.name}.proxy_arp`)
}

/** A proxy does not answer a broadcast question at once: whoever has the address may be faster. */
function waits({ dev, route, forwards, proxies }: ArpNote, { dst }: EthernetFrame): boolean {
  if (typeof route === 'string' || route.type !== 'unicast' || !forwards || !proxies || route.dev === dev) return false
  return isMulticastMac(dst) && dev.neighConf.proxy_delay > 0
}

function arpDecision({ dev, arp, route, forwards, proxies }: ArpNote): string {
  const target = ipText(arp.targetIp)
  if (typeof route === 'string') return `${target}: ${refusalText(route)}`
  if (route.type === 'local') return `${target} is an address of this machine`
  if (route.type !== 'unicast') return `${target}: nobody answers for a ${route.type} address`
  if (!forwards) return `${target} is not here, and ${dev.name} does not forward`
  if (route.dev === dev) return `${target} is itself behind ${dev.name}: not answered for`
  return proxies
    ? `${target} is behind ${route.dev.name}: proxy_arp answers for it`
    : `${target} is behind ${route.dev.name}, but proxy_arp is off on ${dev.name}`
}

export function conntrackStep({ connection, state }: ConntrackNote, netns: NetNamespace | null): StepFields {
  const zone = connection === null || connection.zone.original === 0 ? '' : ` (zone ${connection.zone.original})`
  return {
    kind: 'conntrack',
    label: 'conntrack',
    text: `${state}${zone}`,
    command: inNetns(netns ?? '', 'conntrack -L'),
    object: connection === null || netns === null ? null : { kind: 'connection', netns, connection },
  }
}

export function fdbStep(bridge: NetDevice, detail: unknown): StepFields {
  const command = inNetns(bridge.netns, bridge.kind === 'bridge' ? `brctl showmacs ${bridge.name}` : `bridge fdb show dev ${bridge.name}`)
  if (typeof detail === 'string') {
    const text = detail === 'unicast' ? notLearned(bridge) : `${detail}: flooded to every other port`
    return { kind: 'fdb', label: 'bridge', text, command, minor: true }
  }
  if (detail instanceof FdbEntry) {
    const text = detail.isLocal ? 'for the bridge itself' : `the MAC address is behind ${detail.port?.dev.name ?? bridge.name}`
    return { kind: 'fdb', label: 'bridge', text, command, object: { kind: 'fdb', bridge, entry: detail } }
  }
  return {
    kind: 'fdb',
    label: bridge.kind === 'bridge' ? 'bridge' : 'fdb',
    text: detail === null ? notLearned(bridge) : 'the MAC address has an entry',
    command,
  }
}

function notLearned(device: NetDevice): string {
  if (!(device instanceof BridgeDevice)) return 'no entry for the MAC address, and no default'
  return `MAC address not learned${device.ageingUs === 0 ? ' (ageing 0: this bridge never learns)' : ''}: flooded to every other port`
}

export function deliverStep(event: TraceEvent): StepFields {
  const { detail, where } = event
  if (detail instanceof Socket) {
    const { kind, localAddress, localPort, owner } = detail
    const program = owner === null ? '' : ` of ${owner.name}`
    const local = kind === 'ping' ? `of echo id ${localPort}` : `${localAddress === 0 ? '*' : ipText(localAddress)}:${localPort}`
    const text = `${kind} socket ${local}${program}`
    return { kind: 'deliver', label: 'delivered', text, command: inNetns(detail.netns, 'ss -nap') }
  }
  const ip = ipOf(event.frame)
  const isEcho = ip !== null && !(ip.payload instanceof Uint8Array) && ip.payload.kind === 'icmp' && ip.payload.type === ICMP_ECHO
  const what = ip === null ? frameText(event.frame) : isEcho ? 'the kernel answers it' : 'the kernel takes it'
  return { kind: 'deliver', label: 'delivered', text: where instanceof NetNamespace ? what : `${what} on ${where.name}` }
}

export function wrapStep(event: TraceEvent, wrap: WrapNote): StepFields {
  const isPush = event.kind === 'encap'
  if (wrap.kind === 'vlan') {
    const vid = isPush ? (event.frame.vlans[0]?.tci ?? 0) & 0xfff : (wrap.dev as unknown as { vid?: number })?.vid
    return {
      kind: event.kind,
      label: 'vlan',
      text: isPush ? `tag ${vid} put on` : `tag ${vid} taken off`,
      command: wrap.dev === null ? null : inNetns(wrap.netns, `ip -d link show ${wrap.dev.name}`),
    }
  }
  return { kind: event.kind, label: isPush ? 'encap' : 'decap', text: frameText(event.frame) }
}
