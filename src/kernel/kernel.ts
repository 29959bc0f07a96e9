// The kernel of one machine: its namespaces, options of its version, and its change notifications.
import { KernelEvents } from './events.js'
import type { Qdisc } from './netdev.js'
import { NetNamespace } from './netns.js'
import type { Simulation } from './simulation.js'

/** What differs between kernel versions and distributions; filled from the node's image. */
export interface KernelOptions {
  /** 16436 before Linux 3.6, 65536 since. */
  readonly loopbackMtu: number
  readonly defaultQdisc: Qdisc
  /** 500 before Linux 4.x, 1000 since. */
  readonly tapTxQueueLen: number
  /** Veth, bridge, VLAN, loopback had 0 before Linux 4.3. */
  readonly virtualTxQueueLen: number
  /** Values set at boot by the distribution: name -> value, applied to each new namespace where the key exists. */
  readonly sysctl: ReadonlyMap<string, string>
}

export const DEFAULT_KERNEL_OPTIONS: KernelOptions = {
  loopbackMtu: 65536,
  defaultQdisc: 'pfifo_fast',
  tapTxQueueLen: 1000,
  virtualTxQueueLen: 1000,
  sysctl: new Map(),
}

export class Kernel {
  readonly events = new KernelEvents()
  readonly namespaces = new Set<NetNamespace>()
  readonly initNetns: NetNamespace
  /** Where the kernel's own messages go (dmesg, syslog): priority 0..7 and text. The machine sets it. */
  log: (priority: number, text: string) => void = () => {}

  constructor(
    readonly sim: Simulation,
    /** The machine's name. */
    readonly name: string,
    readonly options: KernelOptions = DEFAULT_KERNEL_OPTIONS,
  ) {
    this.initNetns = this.createNetns('')
  }

  /** With lo (down), default rules, empty tables. */
  createNetns(name: string): NetNamespace {
    const netns = new NetNamespace(this, this.namespaces.size, name)
    this.namespaces.add(netns)
    return netns
  }

  /** veths are destroyed, physical devices return to the first namespace. */
  destroyNetns(_netns: NetNamespace): void {
    throw new Error('not built yet')
  }
}
