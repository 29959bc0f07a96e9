// Images: which kernel and which version of each tool a machine has; printers ask at the line where versions differ.

/** Dotted numbers, compared part by part: '1.4.12', '3.2.0-29-generic'. */
export type Version = string

export type ToolName =
  | 'iproute2'
  | 'iptables'
  | 'ovs'
  | 'tcpdump'
  | 'libpcap'
  | 'openssl'
  | 'net-tools'
  | 'iputils'
  | 'bridge-utils'
  | 'dnsmasq'
  | 'bash'
  | 'coreutils'
  | 'procps'
  | 'conntrack'
  | 'ethtool'
  | 'openssh'
  | 'curl'
  | 'wget'
  | 'busybox'
  | 'traceroute'
  | 'dhclient'
  | 'bind'
  | 'netcat'
  | 'grep'
  | 'sed'
  | 'awk'
  | 'ipset'
  | 'sudo'
  | 'findutils'
  | 'util-linux'
  | 'less'

export type ImageName =
  | 'ubuntu-12.04'
  | 'ubuntu-14.04'
  | 'ubuntu-16.04'
  | 'ubuntu-18.04'
  | 'ubuntu-20.04'
  | 'centos-7'
  | 'debian-12'
  | 'cirros-0.3'
  | 'cirros-0.5'

export type Family = 'debian' | 'redhat' | 'cirros'

/** How its cloud image sets up cards: eth0 by dhclient (or by what CirrOS has), or every card, named by its slot, by systemd-networkd. */
export type CardSetup = 'eth0' | 'networkd'

export interface ImageFacts {
  readonly name: ImageName
  readonly family: Family
  readonly pretty: string
  readonly id: string
  readonly versionId: string
  readonly codename: string
  /** uname -r */
  readonly kernel: Version
  /** uname -v */
  readonly kernelBuild: string
  /** /bin and /sbin are links into /usr. */
  readonly isUsrMerged: boolean
  readonly cards: CardSetup
  readonly tools: Readonly<Partial<Record<ToolName, Version>>>
}

export class Image {
  constructor(readonly facts: ImageFacts) {}

  get name(): ImageName {
    return this.facts.name
  }
  get family(): Family {
    return this.facts.family
  }
  get kernel(): Version {
    return this.facts.kernel
  }
  get tools(): Readonly<Partial<Record<ToolName, Version>>> {
    return this.facts.tools
  }

  /** The same with other versions of some tools. */
  withTools(tools: ReadonlyMap<string, Version>): Image {
    return tools.size === 0 ? this : new Image({ ...this.facts, tools: { ...this.facts.tools, ...Object.fromEntries(tools) } })
  }

  /** The same with the cards of another: tools of any age do not change how a server's disk boots. */
  withCardsOf(other: Image): Image {
    return other.facts.cards === this.facts.cards ? this : new Image({ ...this.facts, cards: other.facts.cards })
  }

  /** The version of a tool; '0' when the image lacks it. */
  tool(name: ToolName): Version {
    return this.facts.tools[name] ?? '0'
  }

  has(name: ToolName): boolean {
    return this.facts.tools[name] !== undefined
  }

  toolAtLeast(name: ToolName, wanted: Version): boolean {
    return atLeast(this.tool(name), wanted)
  }

  kernelAtLeast(wanted: Version): boolean {
    return atLeast(this.facts.kernel, wanted)
  }
}

export function compareVersions(a: Version, b: Version): number {
  const left = numbers(a)
  const right = numbers(b)
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Answers that were given: tools ask the same few questions at every line they print. */
const answers = new Map<Version, Map<Version, boolean>>()

export function atLeast(version: Version | undefined, wanted: Version): boolean {
  if (version === undefined) return false
  let known = answers.get(version)
  if (known === undefined) {
    known = new Map()
    answers.set(version, known)
  }
  let answer = known.get(wanted)
  if (answer === undefined) {
    answer = compareVersions(version, wanted) >= 0
    known.set(wanted, answer)
  }
  return answer
}

function numbers(version: Version): number[] {
  return (/^[\d.]+/.exec(version)?.[0] ?? '0')
    .split('.')
    .filter((part) => part !== '')
    .map(Number)
}
