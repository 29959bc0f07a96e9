// ofproto/*, bridge/*: bridges and their flows, and the trace.
import { formatActions } from '../../../ovs/action-text.js'
import type { Flow } from '../../../ovs/flow.js'
import { textContext } from '../../../ovs/flow-text-error.js'
import { formatFlowMatch } from '../../../ovs/match-text.js'
import { type Appctl, type AppctlCommand, bridgesOf, command, ServerError } from './context.js'
import { trace, tracePacketOut } from './trace.js'

function list(ctl: Appctl): string {
  return bridgesOf(ctl)
    .map((bridge) => `${bridge.name}\n`)
    .join('')
}

function dumpFlows(ctl: Appctl, args: readonly string[]): string {
  const bridge = ctl.vswitch.bridges.get(args.at(-1)!)
  if (bridge === undefined) throw new ServerError('Unknown bridge')
  ctl.vswitch.settle()
  const text = textContext(ctl.vswitch.version)
  const lines: string[] = []
  for (const table of bridge.existingTables()) for (const flow of table.list()) lines.push(lineOf(ctl, flow, text))
  return lines.join('')
}

function lineOf(ctl: Appctl, flow: Flow, text: ReturnType<typeof textContext>): string {
  const seconds = Math.floor((ctl.vswitch.nowUs - flow.createdUs) / 1e6)
  let line = flow.table === 0 ? '' : `table_id=${flow.table}, `
  line += `duration=${seconds}s, n_packets=${flow.packets}, n_bytes=${flow.bytes}, `
  if (flow.cookie !== 0n && ctl.vswitch.atLeast(2, 12)) line += `cookie=0x${flow.cookie.toString(16)}, `
  // The switch's own flow for a miss names no reason that has a name.
  const own = flow.isHidden && flow.actions[0]?.type === 'controller'
  const actions = own ? 'controller(reason=)' : formatActions(flow.actions, text)
  return `${line}${formatFlowMatch(flow.match, flow.priority, text)},actions=${actions}\n`
}

export const ofprotoCommands: readonly AppctlCommand[] = [
  command('bridge/dump-flows', '[--offload-stats] bridge', [1, 2], dumpFlows),
  command('ofproto/list', '', [0, 0], list),
  command('ofproto/trace', '{[dp_name] odp_flow | bridge br_flow} [OPTIONS...] [-generate|packet]', [1, Number.POSITIVE_INFINITY], trace),
  command(
    'ofproto/trace-packet-out',
    '[-consistent] {[dp_name] odp_flow | bridge br_flow} [OPTIONS...] [-generate|packet] actions',
    [2, Number.POSITIVE_INFINITY],
    tracePacketOut,
    '2.1',
  ),
]
