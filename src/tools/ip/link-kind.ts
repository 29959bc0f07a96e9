// Kinds of links: one file a kind under kinds/, each with what `ip link add ... type KIND` takes and what `-d` shows.
import type { MacAddress } from '../../addr/mac.js'
import type { Words } from '../../grammar/keyword.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { NetNamespace } from '../../kernel/netns.js'
import type { Row } from './json.js'
import { bridgeKind } from './kinds/bridge.js'
import { bridgeSlaveKind } from './kinds/bridge-slave.js'
import { dummyKind } from './kinds/dummy.js'
import { greKind, gretapKind, ipipKind } from './kinds/ip-tunnel.js'
import { openvswitchKind } from './kinds/openvswitch.js'
import { tunKind } from './kinds/tun.js'
import { vethKind } from './kinds/veth.js'
import { vlanKind } from './kinds/vlan.js'
import { vxlanKind } from './kinds/vxlan.js'
import type { IpRun } from './run.js'

/** What `ip link add` was given before `type`. */
export interface LinkCreation {
  readonly netns: NetNamespace
  /** Null: the kernel numbers one (veth0, br0). */
  readonly name: string | null
  readonly mac: MacAddress | null
  readonly lower: NetDevice | null
}

export interface LinkKind {
  readonly name: string
  isKindOf(dev: NetDevice): boolean
  /** Details in the order of -j. */
  read?(dev: NetDevice): Row
  /** Their text, behind the kind's name. */
  text?(data: Row): string
  /** Parses the words behind the kind's name and answers with what makes the device. Absent: the kernel refuses (EOPNOTSUPP). */
  parseAdd?(words: Words, run: IpRun): (creation: LinkCreation) => NetDevice
  /** The same for `ip link set DEV type KIND ...`. */
  parseSet?(words: Words, run: IpRun): (dev: NetDevice) => void
}

/** In the order of `ip link help`. */
export const linkKinds: readonly LinkKind[] = [
  bridgeKind,
  dummyKind,
  greKind,
  gretapKind,
  ipipKind,
  openvswitchKind,
  tunKind,
  vethKind,
  vlanKind,
  vxlanKind,
]
export const slaveKinds: readonly LinkKind[] = [bridgeSlaveKind]

/** Kinds that real kernels have and this one has not (yet). */
export const KINDS_NOT_EMULATED: readonly string[] = [
  'amt',
  'bareudp',
  'bond',
  'dsa',
  'erspan',
  'geneve',
  'gtp',
  'ifb',
  'ip6erspan',
  'ip6gre',
  'ip6gretap',
  'ip6tnl',
  'ipoib',
  'ipvlan',
  'ipvtap',
  'macsec',
  'macvlan',
  'macvtap',
  'netdevsim',
  'nlmon',
  'rmnet',
  'sit',
  'team',
  'vcan',
  'vrf',
  'vti',
  'vxcan',
  'wwan',
  'xfrm',
  'virt_wifi',
]

export function kindOf(dev: NetDevice): LinkKind | null {
  return linkKinds.find((kind) => kind.isKindOf(dev)) ?? null
}

export function slaveKindOf(dev: NetDevice): LinkKind | null {
  return dev.master === null ? null : (slaveKinds.find((kind) => kind.isKindOf(dev)) ?? null)
}
