// dpif/*: the datapaths as bridges use them.
import { datapathName, formatMegaflow, showBridges, ufidOf } from '../../../ovs/dp-flow-text.js'
import { type Appctl, type AppctlCommand, bridgeNamed, bridgesOf, command, datapathsOf, ServerError } from './context.js'

function show(ctl: Appctl): string {
  return datapathsOf(ctl)
    .map((datapath) =>
      showBridges(
        datapath,
        bridgesOf(ctl).filter((bridge) => bridge.datapath === datapath),
      ),
    )
    .join('')
}

function dumpDps(ctl: Appctl): string {
  return datapathsOf(ctl)
    .map((datapath) => `${datapathName(datapath)}\n`)
    .join('')
}

function dumpFlows(ctl: Appctl, args: readonly string[]): string {
  const bridge = bridgeNamed(ctl, args.at(-1)!)
  const options = args.slice(0, -1)
  const verbose = options.includes('-m')
  const names = options.includes('--names') || (verbose && !options.includes('--no-names'))
  const { datapath } = bridge
  return datapath
    .flows()
    .filter((flow) => {
      const port = datapath.ports.get(flow.key[0]!)
      return port !== undefined && ctl.vswitch.ofPortFor(port, flow.key)?.bridge === bridge
    })
    .map((flow) => `${verbose ? `${ufidOf(flow)} ` : ''}${formatMegaflow(datapath, flow, names)}\n`)
    .join('')
}

/** What the datapath of netlab can do, in the words of Open vSwitch 3.1. */
const FEATURES = [
  ['Masked set action', 'Yes'],
  ['Tunnel push pop', 'netdev'],
  ['Ufid', 'Yes'],
  ['Truncate action', 'Yes'],
  ['Clone action', 'Yes'],
  ['Sample nesting', '10'],
  ['Conntrack eventmask', 'Yes'],
  ['Conntrack clear', 'Yes'],
  ['Max dp_hash algorithm', '1'],
  ['Check pkt length action', 'Yes'],
  ['Conntrack timeout policy', 'No'],
  ['Explicit Drop action', 'No'],
  ['Optimized Balance TCP mode', 'No'],
  ['Conntrack all-zero IP SNAT', 'Yes'],
  ['MPLS Label add', 'No'],
  ['Max VLAN headers', '2'],
  ['Max MPLS depth', '0'],
  ['Recirc', 'Yes'],
  ['CT state', 'Yes'],
  ['CT zone', 'Yes'],
  ['CT mark', 'Yes'],
  ['CT label', 'Yes'],
  ['CT state NAT', 'Yes'],
  ['CT orig tuple', 'Yes'],
  ['CT orig tuple for IPv6', 'No'],
  ['IPv6 ND Extension', 'No'],
] as const

function showFeatures(ctl: Appctl, [name]: readonly string[]): string {
  const bridge = ctl.vswitch.bridges.get(name!)
  if (bridge === undefined) throw new ServerError('no such bridge')
  return FEATURES.map(([feature, value]) => {
    const shown = value === 'netdev' ? (bridge.datapathType === 'netdev' ? 'Yes' : 'No') : value
    return `${feature}: ${shown}\n`
  }).join('')
}

export const dpifCommands: readonly AppctlCommand[] = [
  command('dpif/dump-dps', '', [0, 0], dumpDps),
  command('dpif/dump-flows', '[-m] [--names | --no-names] bridge', [1, 4], dumpFlows),
  command('dpif/show', '', [0, 0], show),
  command('dpif/show-dp-features', 'bridge', [1, 1], showFeatures, '2.6'),
]
