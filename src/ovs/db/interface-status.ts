// Columns of Interface that ovs-vswitchd keeps up to date, derived from the devices when somebody reads them.
import { formatMac } from '../../addr/mac.js'
import { PhysicalDevice } from '../../kernel/dev/physical.js'
import type { Kernel } from '../../kernel/kernel.js'
import type { NetDevice } from '../../kernel/netdev.js'
import { routeOutput } from '../../kernel/route.js'
import { OvsInternalDevice } from '../internal-device.js'
import type { OfPort } from '../ports.js'
import { atLeast } from '../version.js'
import { virtualMac } from '../virtual-mac.js'
import type { BridgeWork, InterfaceWork } from './bridge-work.js'
import type { LiveColumns } from './database.js'
import { type Datum, EMPTY, mapOf, scalar } from './datum.js'
import type { Row } from './rows.js'

const COLUMNS = new Set([
  'admin_state',
  'link_state',
  'link_resets',
  'link_speed',
  'duplex',
  'mtu',
  'mac_in_use',
  'ifindex',
  'statistics',
  'status',
])

/** ovs-vswitchd writes what it has counted this often (other_config:stats-update-interval). */
const STATISTICS_US = 5_000_000

export class InterfaceStatus implements LiveColumns {
  constructor(
    private readonly kernel: Kernel,
    private readonly bridges: ReadonlyMap<string, BridgeWork>,
  ) {}

  read(row: Row, column: string): Datum | undefined {
    if (row.table.name === 'Mirror') return column === 'statistics' ? this.ofMirror(row) : undefined
    if (row.table.name === 'Port') return column === 'bond_active_slave' ? this.activeMac(row) : undefined
    if (row.table.name !== 'Interface' || !COLUMNS.has(column)) return undefined
    const work = this.find(row.uuid)
    if (work === null || work.port === null) return undefined
    const { port } = work
    return port.dev === null ? this.ofVirtual(port, column) : ofDevice(port, port.dev, column)
  }

  private ofMirror(row: Row): Datum | undefined {
    for (const { mirrors, of } of this.bridges.values()) {
      const found = mirrors.find((work) => work.row.uuid === row.uuid)
      if (found === undefined) continue
      // A mirror is in the database before its first count is.
      if (of === null || of.vswitch.nowUs - found.sinceUs < STATISTICS_US) return undefined
      of.vswitch.settle()
      return mapOf([
        ['tx_bytes', found.mirror.bytes],
        ['tx_packets', found.mirror.packets],
      ])
    }
    return undefined
  }

  private activeMac(row: Row): Datum | undefined {
    for (const { of } of this.bridges.values()) {
      const bond = of?.bonds.get(row.text('name')!)
      if (bond === undefined) continue
      return bond.active === null ? EMPTY : scalar(formatMac(bond.active.port.dev!.mac))
    }
    return undefined
  }

  private find(uuid: string): InterfaceWork | null {
    for (const bridge of this.bridges.values()) {
      const work = bridge.interfaces.get(uuid)
      if (work !== undefined) return work
    }
    return null
  }

  /** Patch ports and tunnels: always up, with a MAC nobody uses. */
  private ofVirtual(port: OfPort, column: string): Datum {
    switch (column) {
      case 'admin_state':
      case 'link_state':
        return scalar('up')
      case 'link_resets':
      case 'ifindex':
        return scalar(0)
      case 'mac_in_use':
        return scalar(formatMac(virtualMac(port)))
      case 'statistics':
        return virtualStatistics(port)
      case 'status':
        return port.kind === 'patch' ? EMPTY : this.egress(port)
      default:
        return EMPTY
    }
  }

  /** By which device packets to the other end leave. */
  private egress(port: OfPort): Datum {
    const remote = port.tunnel?.remote
    if (typeof remote !== 'number') return EMPTY
    const route = routeOutput(this.kernel.initNetns, { dst: remote })
    const device = typeof route === 'string' ? null : route.dev
    if (device === null) return EMPTY
    return mapOf([
      ['tunnel_egress_iface', device.name],
      ['tunnel_egress_iface_carrier', device.carrier ? 'up' : 'down'],
    ])
  }
}

function virtualStatistics({ ownStats }: OfPort): Datum {
  return mapOf([
    ['rx_bytes', ownStats.rxBytes],
    ['rx_packets', ownStats.rxPackets],
    ['tx_bytes', ownStats.txBytes],
    ['tx_packets', ownStats.txPackets],
  ])
}

function ofDevice(port: OfPort, dev: NetDevice, column: string): Datum {
  switch (column) {
    case 'admin_state':
      return scalar(dev.isUp ? 'up' : 'down')
    case 'link_state':
      return scalar(dev.isUp && dev.carrier ? 'up' : 'down')
    case 'link_resets':
      return scalar(0)
    case 'link_speed':
      return speedOf(dev) === null ? EMPTY : scalar(speedOf(dev)! * 1e6)
    case 'duplex':
      return speedOf(dev) === null ? EMPTY : scalar('full')
    case 'mtu':
      return scalar(dev.mtu)
    case 'mac_in_use':
      return scalar(formatMac(dev.mac))
    case 'ifindex':
      return scalar(dev.ifindex)
    case 'statistics':
      return deviceStatistics(port, dev)
    default:
      return driverStatus(port, dev)
  }
}

/** Megabits; null: the driver does not say. */
function speedOf(dev: NetDevice): number | null {
  if (dev instanceof PhysicalDevice) return dev.speedMbps
  const isTap = dev.kind === 'tap' || (dev instanceof OvsInternalDevice && dev.isTap)
  return isTap || dev.kind === 'veth' ? 10_000 : null
}

function deviceStatistics(port: OfPort, dev: NetDevice): Datum {
  const { stats } = dev
  const { version } = port.bridge.vswitch
  // An internal port's device sends what the switch receives.
  const swap = port.kind === 'internal'
  const counters: [string, number][] = [
    ['collisions', 0],
    ['rx_bytes', swap ? stats.txBytes : stats.rxBytes],
    ['rx_crc_err', 0],
    ['rx_dropped', swap ? stats.txDropped : stats.rxDropped],
    ['rx_errors', 0],
    ['rx_frame_err', 0],
    ['rx_over_err', 0],
    ['rx_packets', swap ? stats.txPackets : stats.rxPackets],
    ['tx_bytes', swap ? stats.rxBytes : stats.txBytes],
    ['tx_dropped', swap ? stats.rxDropped : stats.txDropped],
    ['tx_errors', 0],
    ['tx_packets', swap ? stats.rxPackets : stats.txPackets],
  ]
  if (atLeast(version, '2.13')) counters.push(['rx_missed_errors', 0])
  if (atLeast(version, '2.14')) counters.push(['rx_multicast_packets', swap ? 0 : stats.rxMulticast])
  return mapOf(counters)
}

function driverStatus(port: OfPort, dev: NetDevice): Datum {
  const [driver, version] = driverOf(port, dev)
  return mapOf([
    ['driver_name', driver],
    ['driver_version', version],
    ['firmware_version', ''],
  ])
}

function driverOf(port: OfPort, dev: NetDevice): [name: string, version: string] {
  if (port.kind === 'internal') return port.bridge.datapathType === 'netdev' ? ['tun', '1.6'] : ['openvswitch', '']
  if (dev instanceof PhysicalDevice) return [dev.driver, '1.0.0']
  return dev.kind === 'tap' ? ['tun', '1.6'] : [dev.kind, '1.0']
}
