// `netlab explain SCENARIO --from X --to Y`: a probe in a freshly booted lab, told hop by hop.
import { type Detail, type ExplainOptions, exitCodeOf, explain as explainIn, NameError, tell } from '../../explain/explain.js'
import { pcapngOf } from '../../explain/way-pcapng.js'
import { UsageError } from '../exit-code.js'
import { out, writeOut } from '../streams.js'
import { version } from '../version.js'
import { bootLab, type LabOptions } from './lab-options.js'

export interface ExplainCommandOptions extends LabOptions, Omit<ExplainOptions, 'from'> {
  readonly from?: string
  readonly detail?: Detail
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly json?: boolean
  readonly pcap?: string
}

export async function explain(scenario: string, options: ExplainCommandOptions): Promise<number> {
  const lab = await bootLab(scenario, options, 'one')
  const machines = new Map(lab.nodes.map(({ name, machine }) => [name, machine]))
  const kernels = new Map(lab.nodes.map(({ name, machine }) => [name, machine.kernel]))
  const from = options.from ?? lab.nodes[0]?.name ?? ''
  // Nobody else uses this lab: it needs no copy.
  const explanation = guarded(() => explainIn({ sim: lab.sim, kernels }, machines, { ...options, from }))
  if (options.pcap !== undefined) {
    const clockStartUs = lab.clockUs - lab.pace.nowUs
    writeOut(options.pcap, pcapngOf(explanation.ways, { clockStartUs, application: `netlab ${version()}` }))
  }
  const detail = options.detail ?? (options.quiet === true ? 'minimal' : options.verbose === true ? 'full' : 'summary')
  out(tell(explanation, { detail, json: options.json === true, sudo: (node) => lab.needsSudo(node) }))
  return exitCodeOf(explanation)
}

function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof NameError ? new UsageError(error.message) : error
  }
}
