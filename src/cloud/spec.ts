// What a scenario's `cloud:` says, as plain values; scenario/ reads and checks the file, this is the shape that comes out.

export type CloudMode = 'flat-dhcp' | 'legacy-l3' | 'dvr'

export interface CloudSpec {
  readonly release: string
  readonly mode: CloudMode
  readonly networks: readonly CloudNetwork[]
  readonly agents: readonly CloudAgent[]
  readonly servers: readonly CloudServer[]
  readonly images: readonly CloudImage[]
  readonly flavors: readonly CloudFlavor[]
  readonly floatingPools: readonly CloudPool[]
  readonly securityGroups: readonly CloudSecurityGroup[]
  /** Flags of the release's configuration file, as it writes them. */
  readonly flags: ReadonlyMap<string, string>
}

export interface CloudNetwork {
  readonly name: string
  readonly id: string | null
  readonly cidr: string
  readonly bridge: string | null
  readonly device: string | null
  readonly gateway: string | null
  readonly dns: readonly string[]
}

export interface CloudAgent {
  readonly node: string
  readonly services: readonly string[]
}

/** A server the documents know: booting one of this name takes these values instead of drawn ones. */
export interface CloudServer {
  readonly name: string
  readonly id: string | null
  readonly host: string | null
  readonly mac: string | null
  readonly address: string | null
  /** Decimal instance id; libvirt's name is instance-%08x of it. */
  readonly number: number | null
  readonly boot: boolean
}

export interface CloudImage {
  readonly name: string
  readonly id: string | null
  /** Image of the emulated node, see node/image.ts. */
  readonly image: string
}

export interface CloudFlavor {
  readonly id: string
  readonly name: string
  readonly ramMb: number
  readonly diskGb: number
  readonly vcpus: number
}

export interface CloudPool {
  readonly name: string
  readonly device: string | null
  readonly cidr: string
}

export interface CloudSecurityGroup {
  readonly name: string
  readonly description: string
  readonly rules: readonly CloudSecurityRule[]
}

export interface CloudSecurityRule {
  readonly protocol: 'icmp' | 'tcp' | 'udp'
  readonly from: number
  readonly to: number
  readonly cidr: string
}
