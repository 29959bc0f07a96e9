// /sys: network devices of the reader's namespace as directories, live.

import { formatMac } from '../addr/mac.js'
import { BridgeDevice } from '../kernel/dev/bridge.js'
import type { BridgePort } from '../kernel/dev/bridge-port.js'
import { KernelError } from '../kernel/errno.js'
import type { NetDevice } from '../kernel/netdev.js'
import type { Directory, FileContext, Inode } from './inode.js'
import { fixedDirectory, linkTo, listedDirectory, readOnly, readWrite } from './live.js'
import type { Machine } from './machine.js'

type Entries = Map<string, (context: FileContext) => Inode | null>

export function mountSys(machine: Machine): void {
  const root = machine.files.node('/') as Directory
  const net = listedDirectory(
    (context) => context.netns.devices.map((dev) => dev.name),
    (name, context) => deviceDirectory(context.netns.deviceByName(name), machine),
  )
  const classes = fixedDirectory(new Map([['net', () => net]]))
  const virtual = fixedDirectory(new Map([['net', () => net]]))
  const devices = fixedDirectory(new Map([['virtual', () => virtual]]))
  root.entries.set(
    'sys',
    fixedDirectory(
      new Map([
        ['class', () => classes],
        ['devices', () => devices],
      ]),
    ),
  )
}

const ARP_ETHER = 1
const ARP_LOOPBACK = 772

/** Kernels before 4.1 did not tell a veth's peer here; `ethtool -S` did. */
function linkIndex(dev: NetDevice, machine: Machine): number {
  const isTold = dev.kind !== 'veth' || machine.image.kernelAtLeast('4.1')
  return (isTold ? dev.linkPeer?.ifindex : undefined) ?? dev.ifindex
}

function deviceDirectory(dev: NetDevice | null, machine: Machine): Inode | null {
  if (dev === null) return null
  const entries: Entries = new Map()
  const value = (name: string, read: () => string | number): void =>
    void entries.set(
      name,
      readOnly(() => `${read()}\n`),
    )
  value('addr_assign_type', () => (dev.macSetByHand ? 3 : 0))
  value('addr_len', () => 6)
  value('address', () => formatMac(dev.mac))
  value('broadcast', () => (dev.kind === 'loopback' ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff'))
  entries.set(
    'carrier',
    readOnly(() => carrierText(dev)),
  )
  value('dev_id', () => '0x0')
  value('dormant', () => (dev.operState === 'dormant' ? 1 : 0))
  value('duplex', () => 'full')
  value('flags', () => `0x${(dev.flags & 0xffff).toString(16)}`)
  entries.set(
    'ifalias',
    readWrite(
      () => (dev.alias === null ? '' : `${dev.alias}\n`),
      (text) => setAlias(dev, text),
    ),
  )
  value('ifindex', () => dev.ifindex)
  value('iflink', () => linkIndex(dev, machine))
  value('link_mode', () => 0)
  entries.set(
    'mtu',
    readWrite(
      () => `${dev.mtu}\n`,
      (text) => dev.setMtu(integer(text)),
    ),
  )
  value('operstate', () => dev.operState)
  value('speed', () => (dev.kind === 'physical' ? 1000 : dev.kind === 'veth' || dev.kind === 'bridge' ? 10000 : -1))
  entries.set(
    'tx_queue_len',
    readWrite(
      () => `${dev.txQueueLen}\n`,
      (text) => void (dev.txQueueLen = integer(text)),
    ),
  )
  value('type', () => (dev.kind === 'loopback' ? ARP_LOOPBACK : ARP_ETHER))
  value('uevent', () => `INTERFACE=${dev.name}\nIFINDEX=${dev.ifindex}`)
  entries.set('statistics', () => statistics(dev))
  if (dev.master !== null)
    entries.set(
      'master',
      linkTo(() => `../${dev.master!.name}`),
    )
  if (dev instanceof BridgeDevice) addBridge(entries, dev)
  const port = dev.master instanceof BridgeDevice ? dev.master.portOf(dev) : null
  if (port !== null && dev.master instanceof BridgeDevice) {
    entries.set('brport', () => portDirectory(port, dev.master as BridgeDevice))
    entries.set(
      'bridge',
      linkTo(() => `../${dev.master!.name}`),
    )
  }
  return fixedDirectory(entries)
}

/** Reading the carrier of a device that is down is an error. */
function carrierText(dev: NetDevice): string {
  if (!dev.isUp) throw new KernelError('EINVAL')
  return dev.carrier ? '1\n' : '0\n'
}

function setAlias(dev: NetDevice, text: string): void {
  const alias = text.replace(/\n$/, '')
  dev.alias = alias === '' ? null : alias
}

function integer(text: string): number {
  const trimmed = text.trim()
  if (!/^(?:0x[0-9a-f]+|\d+)$/i.test(trimmed)) throw new KernelError('EINVAL')
  return Number(trimmed)
}

function statistics(dev: NetDevice): Inode {
  const { stats } = dev
  const values: [string, () => number][] = [
    ['collisions', () => stats.collisions],
    ['multicast', () => stats.rxMulticast],
    ['rx_bytes', () => stats.rxBytes],
    ['rx_dropped', () => stats.rxDropped],
    ['rx_errors', () => stats.rxErrors],
    ['rx_packets', () => stats.rxPackets],
    ['tx_bytes', () => stats.txBytes],
    ['tx_carrier_errors', () => stats.txCarrierErrors],
    ['tx_dropped', () => stats.txDropped],
    ['tx_errors', () => stats.txErrors],
    ['tx_packets', () => stats.txPackets],
  ]
  return fixedDirectory(new Map(values.map(([name, read]) => [name, readOnly(() => `${read()}\n`)])))
}

/** Centiseconds, as the bridge's files count time. */
const CENTI_US = 10_000

function addBridge(entries: Entries, bridge: BridgeDevice): void {
  const settings: Entries = new Map()
  const value = (name: string, read: () => string | number): void =>
    void settings.set(
      name,
      readOnly(() => `${read()}\n`),
    )
  const setting = (name: string, read: () => number, write: (value: number) => void): void =>
    void settings.set(
      name,
      readWrite(
        () => `${read()}\n`,
        (text) => write(integer(text)),
      ),
    )
  value('bridge_id', () => bridgeId(bridge))
  value('root_id', () => bridgeId(bridge))
  value('root_port', () => 0)
  value('root_path_cost', () => 0)
  value('topology_change', () => 0)
  setting(
    'ageing_time',
    () => Math.floor(bridge.ageingUs / CENTI_US),
    (n) => void (bridge.ageingUs = n * CENTI_US),
  )
  setting(
    'forward_delay',
    () => Math.floor(bridge.forwardDelayUs / CENTI_US),
    (n) => void (bridge.forwardDelayUs = n * CENTI_US),
  )
  setting(
    'hello_time',
    () => Math.floor(bridge.helloTimeUs / CENTI_US),
    (n) => void (bridge.helloTimeUs = n * CENTI_US),
  )
  setting(
    'max_age',
    () => Math.floor(bridge.maxAgeUs / CENTI_US),
    (n) => void (bridge.maxAgeUs = n * CENTI_US),
  )
  setting(
    'priority',
    () => bridge.priority,
    (n) => void (bridge.priority = n),
  )
  setting(
    'stp_state',
    () => (bridge.stp ? 1 : 0),
    (n) => void (bridge.stp = n !== 0),
  )
  setting(
    'multicast_snooping',
    () => (bridge.multicastSnooping ? 1 : 0),
    (n) => void (bridge.multicastSnooping = n !== 0),
  )
  setting(
    'multicast_querier',
    () => (bridge.multicastQuerier ? 1 : 0),
    (n) => void (bridge.multicastQuerier = n !== 0),
  )
  setting(
    'vlan_filtering',
    () => (bridge.vlanFiltering ? 1 : 0),
    (n) => void (bridge.vlanFiltering = n !== 0),
  )
  entries.set('bridge', () => fixedDirectory(settings))
  const ports = listedDirectory(
    () => bridge.ports.map((port) => port.dev.name),
    (name) => {
      const port = bridge.ports.find((one) => one.dev.name === name)
      return port === undefined ? null : portDirectory(port, bridge)
    },
  )
  entries.set('brif', () => ports)
}

function bridgeId(bridge: BridgeDevice): string {
  return `${bridge.priority.toString(16).padStart(4, '0')}.${formatMac(bridge.mac).replaceAll(':', '')}`
}

const PORT_STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking'] as const

function portDirectory(port: BridgePort, bridge: BridgeDevice): Inode {
  const entries: Entries = new Map()
  const value = (name: string, read: () => string | number): void =>
    void entries.set(
      name,
      readOnly(() => `${read()}\n`),
    )
  const flag = (name: string, read: () => boolean, write: (on: boolean) => void): void =>
    void entries.set(
      name,
      readWrite(
        () => (read() ? '1\n' : '0\n'),
        (text) => write(integer(text) !== 0),
      ),
    )
  value('designated_bridge', () => bridgeId(bridge))
  value('designated_root', () => bridgeId(bridge))
  value('path_cost', () => port.pathCost)
  value('port_id', () => `0x${port.id.toString(16)}`)
  value('port_no', () => `0x${port.number.toString(16)}`)
  value('state', () => PORT_STATES.indexOf(port.state))
  flag(
    'hairpin_mode',
    () => port.hairpin,
    (on) => void (port.hairpin = on),
  )
  flag(
    'learning',
    () => port.learning,
    (on) => void (port.learning = on),
  )
  entries.set(
    'bridge',
    linkTo(() => `../../${bridge.name}`),
  )
  return fixedDirectory(entries)
}
