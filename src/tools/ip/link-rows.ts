// Devices as `ip -j link` knows them.
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { IpTunnelDevice } from '../../kernel/dev/ip-tunnel.js'
import { TapDevice } from '../../kernel/dev/tap.js'
import { VxlanDevice } from '../../kernel/dev/vxlan.js'
import type { NetDevice, OperState } from '../../kernel/netdev.js'
import {
  IFF_ALLMULTI,
  IFF_BROADCAST,
  IFF_DORMANT,
  IFF_DYNAMIC,
  IFF_LOOPBACK,
  IFF_LOWER_UP,
  IFF_MASTER,
  IFF_MULTICAST,
  IFF_NOARP,
  IFF_NOTRAILERS,
  IFF_POINTOPOINT,
  IFF_PROMISC,
  IFF_RUNNING,
  IFF_SLAVE,
  IFF_UP,
} from '../../kernel/netdev.js'
import { OvsInternalDevice } from '../../ovs/internal-device.js'
import { VportDevice } from '../../ovs/vport-device.js'
import type { Row } from './json.js'
import { kindOf, type LinkKind, slaveKindOf } from './link-kind.js'
import { groupName } from './names.js'
import type { IpRun } from './run.js'

export interface StatsRow extends Row {
  readonly rx: Readonly<Record<string, number>>
  readonly tx: Readonly<Record<string, number>>
}

export interface LinkRow extends Row {
  readonly ifindex: number
  /** The lower device or peer in this namespace; null: it has none (`@NONE`). */
  readonly link: string | null | undefined
  /** Its ifindex in another namespace. */
  readonly link_index: number | undefined
  readonly ifname: string
  readonly flags: readonly string[]
  readonly mtu: number
  /** Of devices that IPv6 told of, neither this nor the group is known. */
  readonly qdisc: string | undefined
  readonly master: string | undefined
  readonly operstate: string
  readonly group: string | undefined
  readonly txqlen: number | undefined
  readonly link_type: string
  /** A tun has none. */
  readonly address: string | undefined
  readonly broadcast: string | undefined
  readonly link_pointtopoint: true | undefined
  readonly link_netnsid: number | undefined
  readonly stats64: StatsRow | undefined
}

const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [IFF_LOOPBACK, 'LOOPBACK'],
  [IFF_BROADCAST, 'BROADCAST'],
  [IFF_POINTOPOINT, 'POINTOPOINT'],
  [IFF_MULTICAST, 'MULTICAST'],
  [IFF_NOARP, 'NOARP'],
  [IFF_ALLMULTI, 'ALLMULTI'],
  [IFF_PROMISC, 'PROMISC'],
  [IFF_MASTER, 'MASTER'],
  [IFF_SLAVE, 'SLAVE'],
  [IFF_DYNAMIC, 'DYNAMIC'],
  [IFF_NOTRAILERS, 'NOTRAILERS'],
  [IFF_UP, 'UP'],
  [IFF_LOWER_UP, 'LOWER_UP'],
  [IFF_DORMANT, 'DORMANT'],
]

export function flagNames(flags: number): string[] {
  const names = (flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) === 0 ? ['NO-CARRIER'] : []
  for (const [bit, name] of FLAG_NAMES) if ((flags & bit) !== 0) names.push(name)
  return names
}

export function operStateName(state: OperState): string {
  return state.toUpperCase()
}

/** What `@name` or `@ifN` says: kernels before 4.1 did not tell a veth's peer. */
function linkOf(
  dev: NetDevice,
  run: IpRun,
): { link: string | null | undefined; link_index: number | undefined; netnsid: number | undefined } {
  const peer = dev.linkPeer
  if (dev instanceof VportDevice && dev.tunnelKind === 'gre') return { link: null, link_index: undefined, netnsid: undefined }
  if (dev instanceof IpTunnelDevice) return { link: dev.config.lower?.name ?? null, link_index: undefined, netnsid: undefined }
  if (peer === null || (dev.kind === 'veth' && !run.kernelAtLeast('4.1')))
    return { link: undefined, link_index: undefined, netnsid: undefined }
  if (peer.netns === dev.netns) return { link: peer.name, link_index: undefined, netnsid: undefined }
  const netnsid = run.kernelAtLeast('4.0') && run.atLeast('4.0') ? dev.netns.idOf(peer.netns) : null
  return { link: undefined, link_index: peer.ifindex, netnsid: netnsid ?? undefined }
}

/** The lower device or peer, when it is in this namespace, is down. */
function isLinkDown(dev: NetDevice, link: string | null | undefined): boolean {
  return typeof link === 'string' && dev.linkPeer !== null && !dev.linkPeer.isUp
}

/** Tunnels without frames have IPv4 addresses where others have MACs. */
function linkLayer(dev: NetDevice): Pick<LinkRow, 'link_type' | 'address' | 'broadcast' | 'link_pointtopoint'> {
  if (dev instanceof IpTunnelDevice && !dev.carriesFrames) {
    const { mode, local, remote } = dev.config
    const toPeer = (dev.flags & IFF_POINTOPOINT) !== 0 || undefined
    return { link_type: mode, address: formatIpv4(local), broadcast: formatIpv4(remote), link_pointtopoint: toPeer }
  }
  if (dev instanceof TapDevice && dev.mode === 'tun')
    return { link_type: 'none', address: undefined, broadcast: undefined, link_pointtopoint: undefined }
  const isLoopback = dev.kind === 'loopback'
  return {
    link_type: isLoopback ? 'loopback' : 'ether',
    address: formatMac(dev.mac),
    broadcast: isLoopback ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff',
    link_pointtopoint: undefined,
  }
}

/** Options of reading: `ip addr` leaves out the link mode. */
export interface LinkReading {
  readonly forAddress: boolean
}

export function readLink(dev: NetDevice, run: IpRun, reading: LinkReading): LinkRow {
  const { link, link_index, netnsid } = linkOf(dev, run)
  const { details, stats } = run.options
  return {
    ifindex: dev.ifindex,
    link,
    link_index,
    ifname: dev.name,
    flags: [...flagNames(dev.reportedFlags), ...(isLinkDown(dev, link) ? ['M-DOWN'] : [])],
    mtu: dev.mtu,
    qdisc: dev.qdisc,
    master: dev.master?.name,
    operstate: operStateName(dev.operState),
    linkmode: reading.forAddress ? undefined : 'DEFAULT',
    group: groupName(dev.group),
    txqlen: dev.txQueueLen === 0 ? undefined : dev.txQueueLen,
    ...linkLayer(dev),
    link_netnsid: netnsid,
    ...(details ? detailsOf(dev, reading) : {}),
    ifalias: reading.forAddress && !details ? undefined : (dev.alias ?? undefined),
    stats64: stats > 0 ? readStats(dev, stats > 1) : undefined,
    altnames: dev.altNames.length === 0 ? undefined : [...dev.altNames],
  }
}

function detailsOf(dev: NetDevice, reading: LinkReading): Row {
  const kind = kindOf(dev)
  const queues = dev.kind === 'veth' ? 2 : 1
  return {
    promiscuity: dev.promiscuity,
    allmulti: dev.allmulti,
    min_mtu: dev.kind === 'loopback' ? 0 : dev.minMtu,
    max_mtu: dev.kind === 'loopback' ? 0 : dev.maxMtu,
    linkinfo: linkInfo(dev, kind),
    inet6_addr_gen_mode: reading.forAddress ? undefined : 'eui64',
    num_tx_queues: queues,
    num_rx_queues: queues,
    gso_max_size: 65536,
    gso_max_segs: 65535,
    tso_max_size: isCardLike(dev) || (dev instanceof VxlanDevice && dev.config.lower === null) ? 65536 : 524280,
    tso_max_segs: 65535,
    gro_max_size: 65536,
  }
}

function linkInfo(dev: NetDevice, kind: LinkKind | null): Row | undefined {
  const slave = slaveKindOf(dev)
  if (kind === null && slave === null) return undefined
  return {
    info_kind: kind?.name,
    info_data: kind?.read?.(dev),
    info_slave_kind: slave?.name,
    info_slave_data: slave?.read?.(dev),
  }
}

export function readStats(dev: NetDevice, withErrors: boolean): StatsRow {
  const s = dev.stats
  const rxErrors: Record<string, number> = withErrors
    ? { length_errors: 0, crc_errors: 0, frame_errors: 0, fifo_errors: 0, missed_errors: 0 }
    : {}
  const txErrors: Record<string, number> = withErrors
    ? { aborted_errors: 0, fifo_errors: 0, window_errors: 0, heartbeat_errors: 0, carrier_changes: 0 }
    : {}
  return {
    rx: {
      bytes: s.rxBytes,
      packets: s.rxPackets,
      errors: s.rxErrors,
      dropped: s.rxDropped,
      over_errors: 0,
      multicast: s.rxMulticast,
      ...rxErrors,
    },
    tx: {
      bytes: s.txBytes,
      packets: s.txPackets,
      errors: s.txErrors,
      dropped: s.txDropped,
      carrier_errors: s.txCarrierErrors,
      collisions: s.collisions,
      ...txErrors,
    },
  }
}

/** Drivers that cut large segments themselves say how large. */
function isCardLike(dev: NetDevice): boolean {
  return dev.kind === 'tap' || dev.kind === 'physical' || (dev instanceof OvsInternalDevice && dev.isTap)
}
