// What `netlab explain` and `lab explain` share: options as words, names resolved, a probe, and its telling.
import type { Machine } from '../node/machine.js'
import { cloudNames } from './cloud-names.js'
import { explanationJson } from './json.js'
import { endWords, type NameBook, NameError, resolveFrom, resolveSource, resolveTo } from './names.js'
import { type Explanation, explainProbe, type ProbeRequest, type ProbeWorld } from './probe.js'
import { DETAILS, type Detail, explanationText } from './text.js'

export interface ExplainOptions {
  readonly from: string
  readonly to: string
  readonly proto?: 'icmp' | 'tcp' | 'udp'
  readonly dport?: number
  readonly sport?: number
  readonly size?: number
  readonly df?: boolean
  readonly ttl?: number
  readonly source?: string
}

export const PROTOCOLS: readonly ('icmp' | 'tcp' | 'udp')[] = ['icmp', 'tcp', 'udp']

export function bookOf(world: ProbeWorld, machines: Iterable<Machine>): NameBook {
  return { kernels: world.kernels, cloud: cloudNames(machines) }
}

/** Throws NameError. */
export function explain(world: ProbeWorld, machines: ReadonlyMap<string, Machine>, options: ExplainOptions): Explanation {
  const book = bookOf(world, machines.values())
  const from = resolveFrom(options.from, book)
  const to = resolveTo(options.to, book)
  const { proto = portsGiven(options) ? 'tcp' : 'icmp', dport, sport, size, df, ttl } = options
  if (proto === 'icmp' && portsGiven(options)) throw new NameError('icmp has no ports: --proto tcp or udp goes with --dport and --sport')
  const request: ProbeRequest = {
    from: { node: from.node, netns: from.netns },
    to: to.address,
    proto,
    ...(dport === undefined ? {} : { dport }),
    ...(sport === undefined ? {} : { sport }),
    ...(size === undefined ? {} : { size }),
    ...(df === undefined ? {} : { df }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(options.source === undefined ? {} : { source: resolveSource(options.source) }),
  }
  return explainProbe(
    world,
    request,
    [from.long, to.long].filter((line) => line !== null),
  )
}

function portsGiven({ dport, sport }: ExplainOptions): boolean {
  return dport !== undefined || sport !== undefined
}

export interface Telling {
  readonly detail: Detail
  readonly json: boolean
  readonly sudo: (node: string) => boolean
  /** Of a terminal that it is read in. */
  readonly columns?: number | undefined
}

export function tell(explanation: Explanation, { detail, json, sudo, columns }: Telling): string {
  return json
    ? `${JSON.stringify(explanationJson(explanation, { sudo }), null, 2)}\n`
    : explanationText(explanation, { detail, sudo, ...(columns === undefined ? {} : { columns }) })
}

/** Something is wrong: what a script wants to know. */
export function exitCodeOf({ verdict }: Explanation): number {
  return verdict === 'answered' || verdict === 'delivered' ? 0 : 1
}

export type { Detail }
export { DETAILS, endWords, NameError }
