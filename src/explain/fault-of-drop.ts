// For each reason of a drop: the object at fault, a sentence for learners, and the command that shows it.
import type { NetDevice } from '../kernel/netdev.js'
import { NetNamespace } from '../kernel/netns.js'
import type { DropReason } from '../trace/drop-reason.js'
import { dropSentence } from '../trace/drop-reason.js'
import type { TraceEvent } from '../trace/packet-trace.js'
import { frameText, ipOf } from './frame-text.js'
import { isDevice, type LineReader } from './line-reader.js'
import { inNetns, ipText, netfilterLine } from './lines.js'
import { hitText, listCommand } from './read-netfilter.js'
import type { Fault, Step } from './way.js'

type Told = Pick<Fault, 'id' | 'object' | 'why' | 'command'> & Partial<Pick<Fault, 'likely' | 'node' | 'netns'>>

export function faultOfDrop(reason: DropReason, event: TraceEvent, reader: LineReader): Fault {
  const told = tell(reason, event, reader)
  const { node, netns } = reader.place
  return { node, netns, likely: [], ...told }
}

function tell(reason: DropReason, event: TraceEvent, reader: LineReader): Told {
  switch (reason) {
    case 'NETFILTER_DROP':
    case 'NETFILTER_REJECT':
      return firewall(reason, reader)
    case 'CONNTRACK_INVALID':
    case 'NAT_FAILED':
      return told(reason, 'conntrack', 'connection tracking', inNs(reader, 'conntrack -S'))
    case 'IP_NOT_FOR_US':
      return forwarding(event, reader)
    case 'IP_RPFILTER':
      return rpFilter(event, reader)
    case 'IP_MARTIAN_SOURCE':
    case 'IP_LOCAL_SOURCE':
    case 'IP_MARTIAN_DESTINATION':
      return martian(reason, event, reader)
    case 'IP_INNOROUTES':
    case 'IP_OUTNOROUTES':
    case 'IP_BLACKHOLE':
    case 'IP_UNREACHABLE':
    case 'IP_PROHIBIT':
      return noRoute(reason, event, reader)
    case 'IP_TTL_EXPIRED':
      return ttl(event, reader)
    case 'IP_FRAG_NEEDED':
    case 'FRAME_TOO_LONG':
      return tooLong(reason, event, reader)
    case 'NEIGH_FAILED':
    case 'NEIGH_QUEUEFULL':
    case 'NEIGH_DEAD':
      return neighbour(reason, event, reader)
    case 'OTHERHOST':
      return otherHost(event, reader)
    case 'NO_SOCKET':
    case 'IP_NOPROTO':
      return noSocket(event, reader)
    case 'OVS_ACTION_DROP':
    case 'OVS_NO_FLOW':
      return switchDrop(reason, reader)
    case 'WIRE_VLAN':
      return told(reason, 'wire-vlan', `the wire ${event.where.name}`, `ip -d link`)
    case 'ARP_IGNORED':
      return told(reason, 'arp-ignored', 'arp_ignore or arp_filter', inNs(reader, 'sysctl net.ipv4.conf.all.arp_ignore'))
    case 'TUNNEL_NO_VNI':
      return told(reason, 'tunnel-key', 'the tunnel key', 'ovs-vsctl show')
    case 'TUNNEL_UNREACHABLE':
      return unreachableTunnel(reader)
    case 'DEV_DOWN':
    case 'NO_CARRIER':
    case 'TX_NOWHERE':
    case 'TAP_NO_READER':
    case 'VLAN_UNKNOWN':
      return deviceFault(reason, event, reader)
    default:
      return told(reason, 'drop', event.where.name, inNs(reader, 'ip -s link'))
  }
}

function told(reason: DropReason, id: string, object: string, command: string): Told {
  return { id, object, why: `${capital(dropSentence(reason))}.`, command }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function inNs(reader: LineReader, command: string): string {
  return inNetns(reader.netns ?? reader.place.netns, command)
}

function firewall(reason: DropReason, reader: LineReader): Told {
  const pass = reader.lastPass
  const what = reason === 'NETFILTER_REJECT' ? 'refuses' : 'drops'
  if (pass === null) return told(reason, 'firewall-drop', 'netfilter', inNs(reader, 'iptables-save'))
  const hit = pass.hits.at(-1) ?? null
  const { policy } = pass
  if (policy !== null && policy.chain.policy === 'DROP') {
    return {
      id: 'firewall-drop',
      object: `policy DROP of ${policy.chain.name} in table ${policy.table.name}`,
      why: `No rule of chain ${policy.chain.name} accepts the packet, and what no rule accepts the policy drops.`,
      command: listCommand(pass.note, policy.table.name, policy.chain.name),
    }
  }
  if (hit === null) return told(reason, 'firewall-drop', 'netfilter', inNs(reader, 'iptables-save'))
  // What no rule of a security group takes runs into a chain that all share: the group's own chain is of interest.
  const group = /fallback/.test(hit.chain.name) ? (pass.hits.at(-2) ?? null) : null
  return {
    id: 'firewall-drop',
    object: `${hitText(hit)} in table ${hit.table.name}: ${netfilterLine(hit.chain, hit.rule)}`,
    why:
      group === null
        ? `A rule of the firewall ${what} the packet.`
        : `No rule of the security groups in chain ${group.chain.name} lets the packet pass, and what is left is dropped.`,
    command: listCommand(pass.note, hit.table.name, (group ?? hit).chain.name),
  }
}

function forwarding(event: TraceEvent, reader: LineReader): Told {
  const dev = reader.dev
  const to = ipOf(event.frame)?.dst ?? 0
  return {
    id: 'forwarding-off',
    object: `net.ipv4.ip_forward = 0${dev === null ? '' : ` (${dev.name})`}`,
    why: `The packet is for ${ipText(to)}, which is not here, and this ${reader.place.netns === '' ? 'machine' : 'namespace'} does not forward packets.`,
    command: inNs(reader, 'sysctl net.ipv4.ip_forward'),
  }
}

function rpFilter(event: TraceEvent, reader: LineReader): Told {
  const name = reader.dev?.name ?? event.where.name
  const src = ipText(ipOf(event.frame)?.src ?? 0)
  return {
    id: 'rp-filter',
    object: `net.ipv4.conf.${name}.rp_filter`,
    why: `The packet came in by ${name}, but packets to its source ${src} would not leave by ${name}: the reverse path filter drops it.`,
    command: inNs(reader, `sysctl net.ipv4.conf.${name}.rp_filter net.ipv4.conf.all.rp_filter`),
    likely: lastStep(reader, 'route')?.detail.filter((line) => line.startsWith('the way back')) ?? [],
  }
}

function martian(reason: DropReason, event: TraceEvent, reader: LineReader): Told {
  const ip = ipOf(event.frame)
  const which = reason === 'IP_MARTIAN_DESTINATION' ? ipText(ip?.dst ?? 0) : ipText(ip?.src ?? 0)
  return {
    id: 'martian',
    object: `${reason === 'IP_MARTIAN_DESTINATION' ? 'destination' : 'source'} ${which}`,
    why: `${capital(dropSentence(reason))}: ${which}.`,
    command: inNs(reader, 'ip addr'),
  }
}

function noRoute(reason: DropReason, event: TraceEvent, reader: LineReader): Told {
  const ip = ipOf(event.frame)
  const dst = ipText(ip?.dst ?? 0)
  const iif = reader.dev === null || reason === 'IP_OUTNOROUTES' ? '' : ` from ${ipText(ip?.src ?? 0)} iif ${reader.dev.name}`
  return {
    id: 'no-route',
    object: `no route to ${dst}`,
    why:
      reason === 'IP_INNOROUTES' || reason === 'IP_OUTNOROUTES'
        ? `No routing table that the rules lead to has a route to ${dst}.`
        : `${capital(dropSentence(reason))}: ${dst}.`,
    command: inNs(reader, `ip route get ${dst}${iif}`),
  }
}

function ttl(event: TraceEvent, reader: LineReader): Told {
  return {
    id: 'ttl-expired',
    object: `ttl ${ipOf(event.frame)?.ttl ?? 0}`,
    why: 'The packet has passed as many routers as its time to live allowed; a loop of routes or a small TTL at the sender.',
    command: inNs(reader, `ip route get ${ipText(ipOf(event.frame)?.dst ?? 0)}`),
  }
}

function tooLong(reason: DropReason, event: TraceEvent, reader: LineReader): Told {
  const dev = isDevice(event.where) ? event.where : routeDevice(reader)
  const length = ipOf(event.frame)?.length ?? event.frame.payload.length
  const mtu = dev === null ? '' : ` mtu ${dev.mtu}`
  const df = reason === 'IP_FRAG_NEEDED' ? ', and it must not be fragmented (DF)' : ''
  return {
    id: 'mtu',
    object: `${dev?.name ?? event.where.name}${mtu}`,
    why: `The packet has ${length} bytes, more than the next link carries${df}.`,
    command: inNs(reader, dev === null ? 'ip link' : `ip link show ${dev.name}`),
  }
}

/** Where the last route led. */
function routeDevice(reader: LineReader): NetDevice | null {
  const steps = reader.writer.last?.steps ?? []
  const route = steps.findLast((step) => step.object?.kind === 'route')?.object
  return route?.kind === 'route' ? (route.route.nexthops[0]?.dev ?? null) : null
}

function neighbour(reason: DropReason, event: TraceEvent, reader: LineReader): Told {
  const dev = event.where.name
  const entry = lastStep(reader, 'neigh')?.object
  const address = entry?.kind === 'neighbour' ? ipText(entry.neighbour.address) : 'the next hop'
  return {
    id: 'arp-unanswered',
    object: `${address} dev ${dev}`,
    why: reason === 'NEIGH_FAILED' ? `Nobody answered the ARP question for ${address} on ${dev}.` : `${capital(dropSentence(reason))}.`,
    command: inNs(reader, `ip neigh show dev ${dev}`),
  }
}

function lastStep(reader: LineReader, kind: Step['kind']): Step | null {
  for (const hop of [...reader.writer.finish()].reverse()) {
    const found = hop.steps.findLast((step) => step.kind === kind)
    if (found !== undefined) return found
  }
  return null
}

function otherHost(event: TraceEvent, reader: LineReader): Told {
  return {
    id: 'wrong-mac',
    object: `destination MAC of the frame`,
    why: `The frame is addressed to a MAC that ${event.where.name} does not have.`,
    command: inNs(reader, `ip link show ${event.where.name}`),
  }
}

function noSocket(event: TraceEvent, reader: LineReader): Told {
  const ip = ipOf(event.frame)
  const payload = ip?.payload
  const port = (payload as { dport?: number } | undefined)?.dport
  const kind = (payload as { kind?: string } | undefined)?.kind ?? 'ip'
  const object = port === undefined ? `${ip === null ? kind : frameText(event.frame)}: nobody waits for it` : `${kind} port ${port}`
  return {
    id: 'no-socket',
    object,
    why:
      port === undefined
        ? 'The packet arrived, but no program here waits for it: the one that asked is somewhere else, or has ended.'
        : `The packet arrived, but no program listens on ${kind} port ${port}.`,
    command: inNs(reader, port === undefined ? 'ss -nap' : kind === 'tcp' ? 'ss -tln' : 'ss -uln'),
  }
}

function switchDrop(reason: DropReason, reader: LineReader): Told {
  const steps = reader.writer.last?.steps ?? []
  const last = steps.findLast((step) => step.kind === 'table' || step.label === 'NORMAL')
  if (last === undefined) return told(reason, 'flow-drop', 'the switch', 'ovs-vsctl show')
  const bridge = reader.place.place
  if (last.label === 'NORMAL') {
    return {
      id: 'switch-no-port',
      object: `${bridge}: ${last.text}`,
      why: 'The switch has no port that this frame could leave by in its VLAN.',
      command: last.command ?? 'ovs-vsctl show',
    }
  }
  return {
    id: last.object === null ? 'flow-miss' : 'flow-drop',
    object: `${bridge} ${last.label}${last.detail[0] === undefined ? '' : `: ${last.detail[0]}`}`,
    why:
      last.object === null
        ? 'No flow of this table matches the packet, and the switch has no other rule for it.'
        : 'The OpenFlow flow that matches drops the packet.',
    command: last.command ?? `ovs-ofctl dump-flows ${bridge}`,
  }
}

function unreachableTunnel(reader: LineReader): Told {
  const off = reader.netns?.kernel.initNetns.devices.find((dev) => dev.kind === 'physical' && dev.addresses.length > 0 && !dev.isRunning)
  return {
    id: 'tunnel-unreachable',
    netns: '',
    object: off === undefined ? "the tunnel's remote end" : `${off.name} is down`,
    why:
      off === undefined
        ? "There is no route to the tunnel's remote end."
        : `${off.name}, which carries the tunnels, is down: there is no route to the tunnel's remote end.`,
    command: off === undefined ? 'ip route' : `ip link show ${off.name}`,
  }
}

function deviceFault(reason: DropReason, event: TraceEvent, reader: LineReader): Told {
  const netns = isDevice(event.where) ? event.where.netns : (reader.netns ?? '')
  const name = event.where.name
  const shown = event.where instanceof NetNamespace ? 'ip link' : `ip link show ${name}`
  return { id: 'device', object: name, why: `${capital(dropSentence(reason))}.`, command: inNetns(netns, shown) }
}
