// An explanation as JSON with stable keys: no references, addresses as text. Keys are only ever added.
import { formatIpv4 } from '../addr/ipv4.js'
import { frameText } from './frame-text.js'
import { headerDiff } from './headers.js'
import type { Explanation } from './probe.js'
import { commandText, type TextOptions } from './text.js'
import type { End, Fault, Hop, Step, StepObject, Way } from './way.js'

export const JSON_FORMAT = 1

type SudoOption = Pick<TextOptions, 'sudo'>

export function explanationJson(explanation: Explanation, options: SudoOption = {}): object {
  const { request, resolved, verdict, seconds, ways, fault } = explanation
  return {
    format: JSON_FORMAT,
    request: { ...request, to: formatIpv4(request.to), source: request.source === undefined ? null : formatIpv4(request.source) },
    resolved,
    verdict,
    seconds,
    fault: fault === null ? null : faultJson(fault, options),
    ways: ways.map((way) => wayJson(way, options)),
  }
}

export function wayJson(way: Way, options: SudoOption = {}): object {
  const { id, role, atUs, cause, hops, branches } = way
  return {
    id,
    role,
    at_us: atUs,
    cause,
    packet: hops[0] === undefined ? '' : frameText(hops[0].before),
    end: endJson(way.end, options),
    hops: hops.map((hop) => hopJson(hop, options)),
    branches: branches.map((branch) => wayJson(branch, options)),
  }
}

function endJson(end: End, options: SudoOption): object {
  if (end.kind !== 'dropped') return { kind: end.kind, sentence: end.sentence }
  return { kind: end.kind, reason: end.reason, sentence: end.sentence, fault: faultJson(end.fault, options) }
}

function faultJson(fault: Fault, options: SudoOption): object {
  return { ...fault, command: commandText(fault.node, fault.command, options) }
}

function hopJson(hop: Hop, options: SudoOption): object {
  const { node, netns, place, kind, atUs, steps } = hop
  return {
    node,
    netns,
    place,
    kind,
    at_us: atUs,
    packet: frameText(hop.after),
    steps: steps.map((step) => stepJson(hop.node, step, options)),
  }
}

function stepJson(node: string, step: Step, options: SudoOption): object {
  const { kind, label, text, minor, passed, detail, command, object, before, after } = step
  return {
    kind,
    label,
    text,
    minor,
    detail,
    passed,
    command: command === null ? null : commandText(node, command, options),
    object: object === null ? null : objectJson(object),
    changes: headerDiff(before, after),
  }
}

function objectJson(object: StepObject): object {
  switch (object.kind) {
    case 'device':
      return { kind: 'device', name: object.device.name }
    case 'rule':
      return { kind: 'rule', table: object.table.name, chain: object.chain.name, number: object.number }
    case 'policy':
      return { kind: 'policy', table: object.table.name, chain: object.chain.name, policy: object.chain.policy }
    case 'policy-rule':
      return { kind: 'policy-rule', priority: object.rule.preference, table: object.rule.table }
    case 'route':
      return { kind: 'route', table: object.route.table, to: `${formatIpv4(object.route.dst)}/${object.route.length}` }
    case 'neighbour':
      return { kind: 'neighbour', address: formatIpv4(object.neighbour.address), dev: object.neighbour.dev.name }
    case 'fdb':
      return { kind: 'fdb', bridge: object.bridge.name, port: object.entry.port?.dev.name ?? null }
    case 'flow':
      return {
        kind: 'flow',
        bridge: object.bridge.name,
        table: object.table,
        priority: object.flow.priority,
        cookie: `0x${object.flow.cookie.toString(16)}`,
      }
    case 'connection':
      return { kind: 'connection', zone: object.connection.zone.original }
    case 'sysctl':
      return { kind: 'sysctl', key: object.key, value: object.value }
  }
}
