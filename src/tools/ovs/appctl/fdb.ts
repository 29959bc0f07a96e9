// fdb/*: the MAC tables of bridges.
import { formatMac, parseMac } from '../../../addr/mac.js'
import type { OfBridge } from '../../../ovs/bridge.js'
import { OFPP_LOCAL } from '../../../ovs/port-numbers.js'
import { type Appctl, type AppctlCommand, bridgeNamed, bridgesOf, command, ServerError } from './context.js'

function show(ctl: Appctl, [name]: readonly string[]): string {
  const bridge = bridgeNamed(ctl, name!)
  ctl.vswitch.settle()
  const { nowUs } = ctl.vswitch
  let out = ' port  VLAN  MAC                Age\n'
  const entries = bridge.macTable.list().sort((a, b) => a.seenUs - b.seenUs)
  for (const { port, vlan, mac, seenUs, isStatic } of entries) {
    const number = port.ofport === OFPP_LOCAL ? 'LOCAL' : `${port.ofport}`
    const age = isStatic ? 'static' : `${Math.floor((nowUs - seenUs) / 1e6)}`.padStart(3)
    out += `${number.padStart(5)}  ${`${vlan}`.padStart(4)}  ${formatMac(mac)}  ${age}\n`
  }
  return out
}

function flush(ctl: Appctl, [name]: readonly string[]): string {
  const bridges = name === undefined ? bridgesOf(ctl) : [bridgeNamed(ctl, name)]
  ctl.vswitch.settle()
  for (const bridge of bridges) bridge.macTable.flush()
  return 'table successfully flushed'
}

function statistics(ctl: Appctl, [name]: readonly string[]): string {
  const bridge = bridgeNamed(ctl, name!)
  ctl.vswitch.settle()
  const table = bridge.macTable
  let out = `Statistics for bridge "${bridge.name}":\n`
  out += `  Current/maximum MAC entries in the table: ${table.size}/${table.maxEntries}\n`
  if (ctl.vswitch.atLeast(2, 16)) out += `  Current static MAC entries in the table : ${table.staticCount}\n`
  out += `  Total number of learned MAC entries     : ${table.learned}\n`
  out += `  Total number of expired MAC entries     : ${table.expired}\n`
  out += `  Total number of evicted MAC entries     : ${table.evicted}\n`
  out += `  Total number of port moved MAC entries  : ${table.moved}\n`
  return out
}

function clear(ctl: Appctl, [name]: readonly string[]): string {
  for (const bridge of name === undefined ? bridgesOf(ctl) : [bridgeNamed(ctl, name)]) {
    ctl.vswitch.settle()
    const table = bridge.macTable
    table.learned = 0
    table.expired = 0
    table.evicted = 0
    table.moved = 0
  }
  return 'statistics successfully cleared'
}

function place(_bridge: OfBridge, vlanText: string, macText: string): { vlan: number; mac: number } {
  const vlan = Number(vlanText)
  if (!/^\d+$/.test(vlanText) || vlan > 4095) throw new ServerError('Invalid vlan')
  const mac = parseMac(macText)
  if (mac === null) throw new ServerError('bad MAC address')
  return { vlan, mac }
}

function add(ctl: Appctl, [name, portName, vlanText, macText]: readonly string[]): string {
  const bridge = bridgeNamed(ctl, name!)
  const port = bridge.portByName(portName!) ?? bridge.ports.get(Number(portName))
  if (port === undefined || port === null) throw new ServerError('no such port')
  const { vlan, mac } = place(bridge, vlanText!, macText!)
  bridge.macTable.add({ mac, vlan, port, seenUs: ctl.vswitch.nowUs, isStatic: true, gratArpLockUs: 0 })
  return ''
}

function remove(ctl: Appctl, [name, vlanText, macText]: readonly string[]): string {
  const bridge = bridgeNamed(ctl, name!)
  const { vlan, mac } = place(bridge, vlanText!, macText!)
  if (!bridge.macTable.remove(mac, vlan)) throw new ServerError('could not find static mac entry')
  return ''
}

export const fdbCommands: readonly AppctlCommand[] = [
  command('fdb/add', 'bridge port vlan mac', [4, 4], add, '2.16'),
  command('fdb/del', 'bridge vlan mac', [3, 3], remove, '2.16'),
  command('fdb/flush', '[bridge]', [0, 1], flush),
  command('fdb/show', 'bridge', [1, 1], show),
  command('fdb/stats-clear', '[bridge]', [0, 1], clear, '2.10'),
  command('fdb/stats-show', 'bridge', [1, 1], statistics, '2.10'),
]
