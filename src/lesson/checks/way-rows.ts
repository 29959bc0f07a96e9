// What happened to packets, as rows: one for each step of each way. Predictions and questions ask them which table, rule, TTL, next device.
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import type { Hop, Step, StepObject, Way } from '../../explain/way.js'
import { frameFields } from './frame-fields.js'
import type { Row } from './rows.js'

export function wayRows(ways: readonly Way[]): Row[] {
  return ways
    .flatMap((way) => [way, ...way.branches])
    .flatMap((way) => way.hops.flatMap((hop) => hop.steps.map((step) => stepRow(way, hop, step))))
}

/** The packet's fields are those that it has behind the step. */
function stepRow(way: Way, hop: Hop, step: Step): Row {
  return {
    ...frameFields(step.after),
    role: way.role,
    end: way.end.kind,
    node: hop.node,
    netns: hop.netns === '' ? 'root' : hop.netns,
    place: hop.place,
    step: step.kind,
    label: step.label,
    ...objectFields(step.object),
  }
}

/** The object that decided: `rule` is a policy rule's number, `chain` and `number` are of a rule of iptables. */
function objectFields(object: StepObject | null): Row {
  if (object === null) return {}
  switch (object.kind) {
    case 'route': {
      const [nexthop] = object.route.nexthops
      const via = nexthop?.via ?? null
      const rule = object.rule === null ? {} : { rule: object.rule.preference }
      return { ...rule, table: object.route.table, via: via === null ? null : formatIpv4(via), dev: nexthop?.dev?.name ?? null }
    }
    case 'policy-rule':
      return { rule: object.rule.preference }
    case 'rule':
      return { table: object.table.name, chain: object.chain.name, number: object.number }
    case 'policy':
      return { table: object.table.name, chain: object.chain.name }
    case 'neighbour': {
      const { lladdr, dev } = object.neighbour
      return { dev: dev.name, lladdr: lladdr === null ? null : formatMac(lladdr) }
    }
    case 'flow':
      return { bridge: object.bridge.name, table: object.table, priority: object.flow.priority }
    case 'sysctl':
      return { key: object.key, value: object.value }
    case 'device':
    case 'fdb':
    case 'connection':
      return {}
  }
}
