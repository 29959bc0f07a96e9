// What differs between kernel versions and distributions: plain values, filled from the node's image.
import type { Qdisc } from './netdev.js'

export interface KernelOptions {
  /** 16436 before Linux 3.6, 65536 since. */
  readonly loopbackMtu: number
  readonly defaultQdisc: Qdisc
  /** 500 before Linux 4.x, 1000 since. */
  readonly tapTxQueueLen: number
  /** Bridge, VLAN, loopback, dummy had 0 before Linux 4.3; veth always had 1000. */
  readonly virtualTxQueueLen: number
  /** Before Linux 4.3 a veth had a queue discipline like a card. */
  readonly vethHasQueue: boolean
  /** Before Linux 5.14 a subnet's lowest address was a broadcast address too. */
  readonly networkBroadcast: boolean
  /** Since Linux 6.2 a device may be renamed while it is up. */
  readonly renameWhileUp: boolean
  /** Since Linux 5.9 tunnel devices say what fits through them. */
  readonly tunnelPmtu: boolean
  /** Since Linux 4.15 (and in Red Hat's 3.10) a namespace that a device moves to is known by an id where it came from. */
  readonly movesAssignIds: boolean
  /** Since Linux 4.12 a bridge sends what it put together for its rules on in fragments as large as they came, even where all of it would fit. */
  readonly bridgeKeepsFragments: boolean
  /** Values set at boot by the distribution: name -> value, applied to each new namespace where the key exists. */
  readonly sysctl: ReadonlyMap<string, string>
}

export const DEFAULT_KERNEL_OPTIONS: KernelOptions = {
  loopbackMtu: 65536,
  defaultQdisc: 'pfifo_fast',
  tapTxQueueLen: 1000,
  virtualTxQueueLen: 1000,
  vethHasQueue: false,
  networkBroadcast: false,
  renameWhileUp: true,
  tunnelPmtu: true,
  movesAssignIds: true,
  bridgeKeepsFragments: true,
  sysctl: new Map(),
}

/** The options of a kernel version ("3.2", "5.4.0-42-generic"); the distribution's own sysctls and qdisc come from the image. */
export function kernelOptionsOf(
  version: string,
  distribution: { qdisc?: Qdisc; sysctl?: ReadonlyMap<string, string> } = {},
): KernelOptions {
  const [major = 0, minor = 0] = version.split(/[.-]/).map(Number)
  const atLeast = (wantMajor: number, wantMinor: number): boolean => major > wantMajor || (major === wantMajor && minor >= wantMinor)
  // Red Hat took much of the 4.x kernels into the later 3.10s of its release 7.
  const isEl7 = version.includes('.el7')
  return {
    loopbackMtu: atLeast(3, 6) ? 65536 : 16436,
    defaultQdisc: distribution.qdisc ?? 'pfifo_fast',
    tapTxQueueLen: atLeast(4, 13) || isEl7 ? 1000 : 500,
    virtualTxQueueLen: atLeast(4, 3) || isEl7 ? 1000 : 0,
    vethHasQueue: !atLeast(4, 3) && !isEl7,
    networkBroadcast: !atLeast(5, 14),
    renameWhileUp: atLeast(6, 2),
    tunnelPmtu: atLeast(5, 9),
    movesAssignIds: atLeast(4, 15) || isEl7,
    bridgeKeepsFragments: atLeast(4, 12),
    sysctl: new Map([...versionSysctl(atLeast), ...(distribution.sysctl ?? [])]),
  }
}

/** Defaults that were others in older kernels. */
function versionSysctl(atLeast: (major: number, minor: number) => boolean): [string, string][] {
  const values: [string, string][] = []
  for (const holder of ['all', 'default']) {
    if (!atLeast(4, 10)) values.push([`net.ipv6.conf.${holder}.enhanced_dad`, '0'])
    if (!atLeast(4, 9)) values.push([`net.ipv6.conf.${holder}.router_solicitations`, '3'])
  }
  return values
}
