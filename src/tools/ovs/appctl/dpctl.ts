// dpctl/*: the same as ovs-dpctl, asked of the daemon.
import type { Datapath } from '../../../ovs/datapath.js'
import { datapathName, formatMegaflow, showDatapath, ufidOf } from '../../../ovs/dp-flow-text.js'
import { type Appctl, type AppctlCommand, command, datapathsOf, ServerError } from './context.js'
import { dumpConntrack, flushConntrack } from './dpctl-ct.js'
import { datapathFor, theDatapath } from './which-datapath.js'

function shownDatapath(ctl: Appctl, name: string): Datapath {
  const found = datapathFor(ctl, name)
  if (found === null) throw new ServerError(`ovs-vswitchd: opening datapath ${name} failed (No such device)`)
  return found
}

function show(ctl: Appctl, args: readonly string[]): string {
  const statistics = args.includes('-s') || args.includes('--statistics')
  const names = args.filter((arg) => !arg.startsWith('-'))
  const shown = names.length === 0 ? datapathsOf(ctl) : names.map((name) => shownDatapath(ctl, name))
  ctl.vswitch.settle()
  return shown.map((datapath) => showDatapath(datapath, statistics)).join('')
}

function dumpDps(ctl: Appctl): string {
  return datapathsOf(ctl)
    .map((datapath) => `${datapathName(datapath)}\n`)
    .join('')
}

/** `isMain`: asked of the daemon, whose userspace datapath says which thread has the flows. */
export function dumpFlowsText(datapath: Datapath, args: readonly string[], isMain: boolean): string {
  const verbose = args.includes('-m') || args.includes('--more')
  const names = args.includes('--names') || (verbose && !args.includes('--no-names'))
  const lines = datapath.flows().map((flow) => `${verbose ? `${ufidOf(flow)}, ` : ''}${formatMegaflow(datapath, flow, names)}\n`)
  if (lines.length === 0) return ''
  const head = isMain && datapath.kind === 'netdev' && datapath.vswitch.atLeast(2, 5) ? 'flow-dump from the main thread:\n' : ''
  return head + lines.join('')
}

function dumpFlows(ctl: Appctl, args: readonly string[]): string {
  const name = args.find((arg) => !arg.startsWith('-') && !arg.includes('='))
  return dumpFlowsText(theDatapath(ctl, name), args, true)
}

function deleteFlows(ctl: Appctl, [name]: readonly string[]): string {
  theDatapath(ctl, name).flush()
  return ''
}

export const dpctlCommands: readonly AppctlCommand[] = [
  command('dpctl/del-flows', '[dp] [file]', [0, 2], deleteFlows, '2.2'),
  command('dpctl/dump-conntrack', '[-m] [-s] [dp] [zone=N]', [0, 4], dumpConntrack, '2.5'),
  command('dpctl/dump-dps', '', [0, 0], dumpDps, '2.2'),
  command('dpctl/dump-flows', '[-m] [--names] [dp] [filter=..] [type=..] [pmd=..]', [0, 6], dumpFlows, '2.2'),
  command('dpctl/flush-conntrack', '[dp] [zone=N] [ct-orig-tuple] [ct-reply-tuple]', [0, 4], flushConntrack, '2.5'),
  command('dpctl/show', '[-s] [dp...]', [0, Number.POSITIVE_INFINITY], show, '2.2'),
]
