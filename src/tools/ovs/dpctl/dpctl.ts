// ovs-dpctl: looks at datapaths of the kernel itself, without the daemon.
import type { Command } from '../../../node/command.js'
import { notEmulated } from '../../../node/command.js'
import { runningVSwitch } from '../../../node/daemons/openvswitch.js'
import type { Process } from '../../../node/process.js'
import type { Datapath } from '../../../ovs/datapath.js'
import { datapathName, showDatapath } from '../../../ovs/dp-flow-text.js'
import { dumpFlowsText } from '../appctl/dpctl.js'

const USAGE = `ovs-dpctl: Open vSwitch datapath management utility
usage: ovs-dpctl [OPTIONS] COMMAND [ARG...]
  show [DP...]               show info on all (or the named) datapaths
  dump-dps                   display names of all datapaths
  dump-flows [DP]            display flows in DP
  del-flows [DP]             delete all flows from DP
`

async function kernelDatapath(proc: Process): Promise<Datapath | null> {
  const vswitch = await runningVSwitch(proc.machine)
  return vswitch?.datapaths.get('system') ?? null
}

function refuse(proc: Process, text: string): 1 {
  proc.error(text)
  return 1
}

/** The log of the tool: on a machine whose kernel has no such module. */
function noModule(proc: Process): void {
  const at = `${new Date(Math.floor(proc.machine.clockUs / 1000)).toISOString().slice(0, 19)}Z`
  proc.error(
    `${at}|00001|dpif_netlink|INFO|Generic Netlink family 'ovs_datapath' does not exist. The Open vSwitch kernel module is probably not loaded.`,
  )
  proc.error(`${at}|00002|dpif|WARN|failed to enumerate system datapaths: No such file or directory`)
}

function isNamed(datapath: Datapath, name: string): boolean {
  return name === datapath.name || name === datapathName(datapath)
}

async function run(proc: Process): Promise<number> {
  const words = proc.argv.slice(1).filter((arg) => !arg.startsWith('-'))
  const options = proc.argv.slice(1).filter((arg) => arg.startsWith('-'))
  if (options.includes('-h') || options.includes('--help')) {
    proc.out(USAGE)
    return 0
  }
  if (options.includes('-V') || options.includes('--version')) {
    proc.out(`ovs-dpctl (Open vSwitch) ${proc.machine.image.tool('ovs') ?? ''}\n`)
    return 0
  }
  const [name, ...args] = words
  if (name === undefined) return refuse(proc, 'ovs-dpctl: missing command name; use --help for help')
  const datapath = await kernelDatapath(proc)
  if (datapath === null && ['show', 'dump-dps', 'dump-flows', 'del-flows'].includes(name)) {
    noModule(proc)
    return name === 'show' || name === 'dump-dps' ? 1 : refuse(proc, 'ovs-dpctl: no datapaths exist')
  }
  return datapath === null ? unknown(proc, name) : answer(proc, datapath, { name, args, options })
}

function answer(
  proc: Process,
  datapath: Datapath,
  call: { readonly name: string; readonly args: readonly string[]; readonly options: readonly string[] },
): number {
  const { name, args, options } = call
  const target = args.find((arg) => !arg.includes('='))
  if (target !== undefined && !isNamed(datapath, target)) return refuse(proc, `ovs-dpctl: opening datapath (No such device)`)
  switch (name) {
    case 'show':
      datapath.vswitch.settle()
      proc.out(showDatapath(datapath, options.includes('-s') || options.includes('--statistics')))
      return 0
    case 'dump-dps':
      proc.out(`${datapathName(datapath)}\n`)
      return 0
    case 'dump-flows':
      proc.out(dumpFlowsText(datapath, [...options, ...args], false))
      return 0
    case 'del-flows':
      datapath.flush()
      return 0
    default:
      return unknown(proc, name)
  }
}

const KNOWN = (
  'add-dp del-dp add-if set-if del-if add-flow mod-flow get-flow del-flow dump-conntrack flush-conntrack ct-stats-show ct-bkts ' +
  'ct-set-maxconns ct-get-maxconns ct-get-nconns ct-set-limits ct-del-limits ct-get-limits parse-actions normalize-actions'
).split(' ')

function unknown(proc: Process, name: string): number {
  if (KNOWN.includes(name)) return notEmulated(proc, name)
  return refuse(proc, `ovs-dpctl: unknown command '${name}'; use --help for help`)
}

export const ovsDpctl: Command = { name: 'ovs-dpctl', path: '/usr/bin/ovs-dpctl', changes: true, usage: USAGE, run }
