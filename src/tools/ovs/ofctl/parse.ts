// parse-flow and parse-flows: how flow text would go over the wire, without a switch.
import { type ParsedFlow, parseFlow } from '../../../ovs/flow-text.js'
import { firstProtocol, P_ANY, protocolsText } from '../../../ovs/protocols.js'
import { flowLines, flowModOnWire, formatFlowMod, logNormalization } from './flow-mod.js'
import { head, modName, modVersion } from './messages.js'
import { Fatal, type OfctlRun, orFatal } from './run.js'

export function parseOneFlow(run: OfctlRun, [source = '']: readonly string[]): number {
  const text = run.reading(null)
  const flow = orFatal(() => parseFlow(source, 'add', text))
  logNormalization(flow.match, text)
  return printFlows(run, [flow])
}

export async function parseFlowFile(run: OfctlRun, [file = '']: readonly string[]): Promise<number> {
  const text = run.reading(null)
  const source = await run.readFile(file, (reason) => `${file}: open failed (${reason})`)
  const flows = flowLines(source).map((line) => {
    const flow = orFatal(() => parseFlow(line.text, 'add', text), `${file}:${line.number}: `)
    logNormalization(flow.match, text)
    return flow
  })
  return printFlows(run, flows)
}

function printFlows(run: OfctlRun, flows: readonly ParsedFlow[]): number {
  const usable = flows.reduce((set, flow) => set & flow.usable, P_ANY)
  run.proc.out(`usable protocols: ${protocolsText(usable)}\n`)
  if ((usable & run.allowed) === 0) throw new Fatal('no usable protocol')
  const protocol = firstProtocol(usable & run.allowed)
  run.proc.out(`chosen protocol: ${protocolsText(protocol)}\n`)
  const text = run.reading(null)
  flows.forEach((flow, i) => {
    logNormalization(flow.match, text)
    const mod = flowModOnWire(flow, protocol, text)
    const name = modName(protocol)
    run.proc.out(`${head(name, modVersion(protocol), i + 1)}${formatFlowMod(mod, protocol, text)}\n`)
  })
  return 0
}
