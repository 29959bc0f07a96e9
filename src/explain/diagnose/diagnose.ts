// Who is at fault when a probe was lost: the packet's own drop where that says it, else what its questions and answers met.
import { isMulticastIpv4 } from '../../addr/ipv4.js'
import type { Errno } from '../../kernel/errno.js'
import { routeOutput } from '../../kernel/route.js'
import type { PacketTrace } from '../../trace/packet-trace.js'
import { arpOf, ipOf } from '../frame-text.js'
import { inNetns, ipText } from '../lines.js'
import type { Evidence } from '../probe.js'
import type { Fault, Hop, Way } from '../way.js'
import { unansweredArp } from './arp.js'
import { duplicateAnswer } from './duplicate.js'
import { lostFrame, tunnelGap } from './frames.js'
import { missingNat, missingPolicyRule, unreachedTable, untranslatedSource } from './rules-and-nat.js'
import { answerToTwin } from './twin.js'

export function diagnose(evidence: Evidence): Fault | null {
  const { ways, verdict, errno } = evidence
  if (errno !== null) return notSent(evidence, errno)
  const request = ways.find(({ cause, role }) => cause === null && role !== 'arp') ?? null
  if (request === null) return null
  const reply = ways.find(({ cause, role }) => cause === request.id && role !== 'arp' && role !== 'error') ?? null
  // A packet may arrive although it takes a way that it should not.
  const detour = missingPolicyRule(evidence, request) ?? (reply === null ? null : missingPolicyRule(evidence, reply))
  if (detour !== null) return detour
  if (verdict === 'answered' || verdict === 'delivered') return differentAddress(evidence, request, reply)
  return ofRequest(evidence, request, reply) ?? (reply === null ? noAnswer(evidence, request) : ofReply(evidence, reply))
}

/** The socket itself refused. */
function notSent({ netns, request }: Evidence, errno: Errno): Fault {
  const to = ipText(request.to)
  const base = { node: netns.kernel.name, netns: netns.name, likely: [] }
  if (errno === 'EMSGSIZE') {
    return {
      ...base,
      id: 'mtu',
      object: `the path MTU to ${to}`,
      why: 'The packet is longer than the first link (or a path MTU learned before) allows, and it must not be fragmented.',
      command: inNetns(netns, `ip route get ${to}`),
    }
  }
  if (errno === 'EPERM') {
    return {
      ...base,
      id: 'firewall-drop',
      object: 'chain OUTPUT',
      why: 'A rule of the sender itself drops the packet.',
      command: inNetns(netns, 'iptables -nvL OUTPUT --line-numbers'),
    }
  }
  if (errno === 'EADDRNOTAVAIL') {
    const source = ipText(request.source ?? 0)
    return {
      ...base,
      id: 'no-such-source',
      object: `source ${source}`,
      why: `The sender does not have the address ${source} (${errno}): nothing was sent.`,
      command: inNetns(netns, 'ip addr'),
    }
  }
  if (errno === 'EADDRINUSE') {
    return {
      ...base,
      id: 'port-in-use',
      object: `${request.proto} port ${request.sport ?? 0}`,
      why: `Another program of the sender has ${request.proto} port ${request.sport ?? 0} (${errno}): nothing was sent.`,
      command: inNetns(netns, 'ss -nap'),
    }
  }
  return {
    ...base,
    id: 'no-route',
    object: `no route to ${to}`,
    why: `The sender has no usable route to ${to} (${errno}): nothing was sent.`,
    command: inNetns(netns, `ip route get ${to}`),
  }
}

function traceOf({ traces }: Evidence, way: Way): PacketTrace | null {
  return traces.find((trace) => trace.birth?.id === way.id) ?? null
}

function ofRequest(evidence: Evidence, request: Way, reply: Way | null): Fault | null {
  const { end } = request
  const half = missingNat(evidence, request, reply)
  if (half !== null) return half
  switch (end.kind) {
    case 'dropped':
      return lost(evidence, request)
    case 'pending':
      return waits(evidence, request)
    case 'flooded-no-taker':
    case 'left-lab':
      return lostFrame(evidence, request) ?? flowDrop(request) ?? vanished(request)
    case 'delivered':
    case 'answered':
      return null
  }
}

function ofReply(evidence: Evidence, reply: Way): Fault | null {
  const { end } = reply
  const fault = replyFault(evidence, reply)
  if (fault === null || end.kind === 'answered') return fault
  return { ...fault, why: `${fault.why} The request had arrived: it is the reply that was lost.` }
}

function replyFault(evidence: Evidence, reply: Way): Fault | null {
  switch (reply.end.kind) {
    case 'dropped':
      return (
        (reply.end.reason === 'NO_SOCKET' || reply.end.reason === 'OTHERHOST' ? duplicateAnswer(evidence, reply) : null) ??
        (reply.end.reason === 'NO_SOCKET' ? answerToTwin(evidence, reply) : null) ??
        lost(evidence, reply)
      )
    case 'pending':
      return waits(evidence, reply)
    case 'flooded-no-taker':
    case 'left-lab':
      return lostFrame(evidence, reply) ?? flowDrop(reply) ?? vanished(reply)
    case 'delivered':
    case 'answered':
      return null
  }
}

/** Dropped, with a reason that may have a cause elsewhere. */
function lost(evidence: Evidence, way: Way): Fault | null {
  if (way.end.kind !== 'dropped') return null
  switch (way.end.reason) {
    case 'NEIGH_FAILED':
    case 'NEIGH_QUEUEFULL':
    case 'NEIGH_DEAD':
      return waits(evidence, way) ?? way.end.fault
    case 'OTHERHOST':
    case 'OVS_ACTION_DROP':
    case 'BRIDGE_NO_PORT':
    case 'BRIDGE_SAME_PORT':
      return lostFrame(evidence, way) ?? way.end.fault
    case 'IP_RPFILTER':
      return untranslatedSource(evidence, way) ?? way.end.fault
    case 'IP_INNOROUTES':
      return unreachedTable(evidence, way) ?? way.end.fault
    case 'IP_NOPROTO':
    case 'TUNNEL_NO_VNI':
    case 'TUNNEL_UNREACHABLE':
      return tunnelGap(evidence, way) ?? way.end.fault
    default:
      return way.end.fault
  }
}

/** For an answer to an ARP question. */
function waits(evidence: Evidence, way: Way): Fault | null {
  const step = way.hops.flatMap(({ steps }) => steps).findLast(({ object }) => object?.kind === 'neighbour')
  if (step?.object?.kind !== 'neighbour') return null
  const { neighbour } = step.object
  const trace = traceOf(evidence, way)
  const question =
    trace?.caused.find((each) => {
      const first = each.events[0]
      return first !== undefined && arpOf(first.frame)?.targetIp === neighbour.address
    }) ?? null
  return unansweredArp(evidence, { address: neighbour.address, dev: neighbour.dev, question })
}

/** It was delivered, and nothing came back at all. */
function noAnswer({ world, request: asked }: Evidence, request: Way): Fault | null {
  const last = request.hops.at(-1)
  const ip = last === undefined ? null : ipOf(last.after)
  if (last === undefined || ip === null || isMulticastIpv4(ip.dst)) return null
  const netns = [...(world.kernels.get(last.node)?.namespaces ?? [])].find(({ name }) => name === last.netns)
  if (netns === undefined) return null
  const route = routeOutput(netns, { dst: ip.src, src: ip.dst })
  const base = { node: last.node, netns: last.netns }
  if (typeof route === 'string') {
    return {
      ...base,
      id: 'no-way-back',
      object: `no route to ${ipText(ip.src)}`,
      why: `The packet arrived, but ${last.netns === '' ? last.node : last.netns} has no route back to ${ipText(ip.src)}.`,
      command: inNetns(netns, `ip route get ${ipText(ip.src)}`),
      likely: [],
    }
  }
  return {
    ...base,
    id: 'no-answer',
    object: `${asked.proto} to ${ipText(ip.dst)}`,
    why: 'The packet arrived, but nothing was sent back.',
    command: inNetns(netns, 'ss -nap'),
    likely: [],
  }
}

/** One of the copies was dropped by a flow: the one that came to another node, if any did. */
function flowDrop(way: Way): Fault | null {
  const last = way.end.kind === 'dropped' ? undefined : way.end.lastDrop
  if (last !== undefined && last.node !== floodHop(way)?.node) return last
  for (const { end } of [way, ...way.branches]) if (end.kind === 'dropped' && end.reason === 'OVS_ACTION_DROP') return end.fault
  return null
}

function floodHop({ hops }: Way): Hop | undefined {
  return hops.findLast(({ steps }) => steps.some(({ kind, label }) => kind === 'fdb' || label === 'NORMAL'))
}

function vanished(way: Way): Fault {
  const last = floodHop(way) ?? way.hops.at(-1)
  const step = last?.steps.findLast(({ kind }) => kind === 'fdb' || kind === 'table')
  return {
    id: 'vanished',
    node: last?.node ?? '',
    netns: last?.netns ?? '',
    object: `${last?.place ?? ''}${step === undefined ? '' : `: ${step.text}`}`,
    why: `${way.end.sentence.charAt(0).toUpperCase()}${way.end.sentence.slice(1)}.`,
    command: step?.command ?? inNetns(last?.netns ?? '', 'ip -s link'),
    likely: [],
  }
}

/** An answer from another address than was asked: the translation back is missing. */
function differentAddress(evidence: Evidence, request: Way, reply: Way | null): Fault | null {
  const half = missingNat(evidence, request, null)
  if (half !== null) return half
  const from = ipOf(reply?.hops.at(-1)?.after ?? request.hops[0]!.before)?.src
  if (reply === null || from === undefined || from === evidence.request.to) return null
  const to = ipText(evidence.request.to)
  return {
    id: 'different-address',
    node: evidence.netns.kernel.name,
    netns: evidence.netns.name,
    object: `the answer came from ${ipText(from)}`,
    why: `${to} was asked, ${ipText(from)} answered: the answer was not translated back.`,
    command: inNetns(evidence.netns, `ping -c 1 ${to}`),
    likely: [],
  }
}
