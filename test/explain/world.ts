// A copy of a booted lab for probes, and a namespace lab without machines.
import { parseIpv4 } from '../../src/addr/ipv4.js'
import { type ExplainOptions, explain, tell } from '../../src/explain/explain.js'
import { type Explanation, explainProbe, type ProbeRequest, type ProbeWorld } from '../../src/explain/probe.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

export async function boot(scenario: string): Promise<Lab> {
  return Lab.boot(await loadScenario(scenario))
}

export function machinesOf(lab: Lab): Map<string, Lab['nodes'][number]['machine']> {
  return new Map(lab.nodes.map(({ name, machine }) => [name, machine]))
}

/** On a copy, as `lab explain` does it. */
export function explainIn(lab: Lab, options: ExplainOptions): Explanation {
  return explain(lab.copyWorld(), machinesOf(lab), options)
}

export function textOf(lab: Lab, options: ExplainOptions, detail: 'minimal' | 'summary' | 'full' = 'summary'): string {
  return tell(explainIn(lab, options), { detail, json: false, sudo: (node) => lab.needsSudo(node) })
}

/** Of a lab that is one kernel with namespaces. */
export function worldOf(kernel: Kernel): ProbeWorld {
  return { sim: kernel.sim, kernels: new Map([[kernel.name, kernel]]) }
}

export function probe(kernel: Kernel, netns: string, to: string, more: Partial<ProbeRequest> = {}): Explanation {
  return explainProbe(worldOf(kernel), { from: { node: kernel.name, netns }, to: parseIpv4(to)!, proto: 'icmp', ...more })
}
