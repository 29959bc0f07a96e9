// The rows of nova's database that the API shows and the agents act on.
import type { Ipv4Address, Ipv4Prefix } from '../../addr/ipv4.js'
import type { MacAddress } from '../../addr/mac.js'
import type { CloudFlavor, GuestService } from '../spec.js'

export type ServerStatus = 'BUILD' | 'ACTIVE' | 'SHUTOFF' | 'REBOOT' | 'MIGRATING' | 'ERROR' | 'DELETED'

export const VM_STATE: Readonly<Record<ServerStatus, string>> = {
  BUILD: 'building',
  ACTIVE: 'active',
  SHUTOFF: 'stopped',
  REBOOT: 'active',
  MIGRATING: 'active',
  ERROR: 'error',
  DELETED: 'deleted',
}

export interface Server {
  /** uuid */
  readonly id: string
  /** Decimal; libvirt's name is instance-%08x of it. */
  readonly instanceId: number
  name: string
  /** What the machine runs; shown to nobody when it is booted from a volume that was made of it. */
  readonly image: ServerImage
  /** Id of the volume that it boots from; null: from the image. */
  readonly bootVolume: string | null
  readonly flavor: CloudFlavor
  readonly keyName: string | null
  /** nova-network's; neutron keeps them on the ports. */
  readonly securityGroups: SecurityGroup[]
  /** neutron: its ports, in the order of its NICs. */
  readonly nics: ServerNic[]
  readonly services: readonly GuestService[]
  /** What the lab calls its machine; null: by its host name. */
  readonly machineName: string | null
  readonly createdUs: number
  readonly adminPassword: string
  status: ServerStatus
  /** Null when nothing is being done. */
  taskState: 'scheduling' | 'networking' | 'spawning' | 'deleting' | 'rebooting' | 'powering-off' | 'powering-on' | 'migrating' | null
  updatedUs: number
  /** null until it has run. */
  launchedUs: number | null
  host: string | null
  fixed: FixedAddress | null
  userData: string | null
  metadata: Map<string, string>
  fault: string | null
}

export interface ServerNic {
  /** null until the port is made. */
  portId: string | null
  readonly networkId: string
  /** The address that was asked for. */
  readonly address: Ipv4Address | null
  /** Made by nova for the server: it goes with it. */
  readonly isOwn: boolean
}

export interface FixedAddress {
  readonly address: Ipv4Address
  readonly mac: MacAddress
  leased: boolean
}

export interface ServerImage {
  readonly id: string
  readonly name: string
  /** Image of the emulated node. */
  readonly node: string
}

export interface FloatingAddress {
  readonly address: Ipv4Address
  readonly pool: string
  server: Server | null
}

export interface SecurityGroup {
  readonly id: number
  readonly name: string
  readonly description: string
  readonly rules: SecurityRule[]
}

export interface SecurityRule {
  readonly id: number
  readonly protocol: 'tcp' | 'udp' | 'icmp'
  /** ICMP: type, -1 is any. */
  readonly fromPort: number
  /** ICMP: code, -1 is any. */
  readonly toPort: number
  readonly source: Ipv4Prefix | SecurityGroup
}

export function isGroup(source: Ipv4Prefix | SecurityGroup): source is SecurityGroup {
  return 'rules' in source
}

/** What was asked of a server, as `server event list` shows it. */
export interface ServerAction {
  /** `create`, `reboot`, `live-migration` ... */
  readonly action: string
  readonly requestId: string
  readonly startUs: number
  /** What it ended in, when that was an error. */
  message: string | null
}

export interface Keypair {
  readonly name: string
  readonly fingerprint: string
  readonly publicKey: string
}

export function libvirtName(server: Server): string {
  return `instance-${server.instanceId.toString(16).padStart(8, '0')}`
}

/** The EC2 form of the same number, as the metadata service shows it. */
export function ec2Id(server: Server): string {
  return `i-${server.instanceId.toString(16).padStart(8, '0')}`
}
