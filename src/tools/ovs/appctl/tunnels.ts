// tnl/*, ovs/route/*: what the userspace datapath knows of the underlay.
import { parseIpv4 } from '../../../addr/ipv4.js'
import { parseMac } from '../../../addr/mac.js'
import { type Appctl, type AppctlCommand, command, ServerError } from './context.js'

function neighSet(ctl: Appctl, [bridge, ipText, macText]: readonly string[]): string {
  const ip = parseIpv4(ipText!)
  if (ip === null) throw new ServerError('bad IP address')
  const mac = parseMac(macText!)
  if (mac === null) throw new ServerError('bad MAC address')
  ctl.vswitch.native.learn(bridge!, ip, mac)
  return 'OK'
}

function neighFlush(ctl: Appctl): string {
  ctl.vswitch.native.flushNeighbours()
  return 'OK'
}

function portsShow(ctl: Appctl, [option]: readonly string[]): string {
  const { native } = ctl.vswitch
  return option?.toLowerCase() === '-v' ? native.portFlowsText() : native.portsText()
}

const neighShow = (ctl: Appctl): string => ctl.vswitch.native.neighboursText()

export const tunnelCommands: readonly AppctlCommand[] = [
  command('ovs/route/show', '', [0, 0], (ctl) => ctl.vswitch.native.routesText(), '2.4'),
  command('tnl/arp/flush', '', [0, 0], neighFlush, '2.4'),
  command('tnl/arp/set', 'BRIDGE IP MAC', [3, 3], neighSet, '2.4'),
  command('tnl/arp/show', '', [0, 0], neighShow, '2.4'),
  command('tnl/neigh/flush', '', [0, 0], neighFlush, '2.6'),
  command('tnl/neigh/set', 'BRIDGE IP MAC', [3, 3], neighSet, '2.6'),
  command('tnl/neigh/show', '', [0, 0], neighShow, '2.6'),
  command('tnl/ports/show', '-v', [0, 1], portsShow, '2.4'),
]
