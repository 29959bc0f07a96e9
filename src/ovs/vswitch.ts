// Open vSwitch of one machine: ovs-vswitchd with its bridges, and the datapath below them.
import type { Kernel } from '../kernel/kernel.js'
import type { BridgeSpec, OfBridge } from './bridge.js'

export class VSwitch {
  readonly bridges = new Map<string, OfBridge>()

  constructor(
    readonly kernel: Kernel,
    /** '3.1.0' */
    readonly version: string,
  ) {}

  /** True for 2.11.0 when asked for (2, 11). */
  atLeast(major: number, minor: number): boolean {
    const [ours = 0, sub = 0] = this.version.split('.').map(Number)
    return ours > major || (ours === major && sub >= minor)
  }

  /** With its LOCAL port and internal device. KernelError EEXIST when a device of that name is there. */
  addBridge(spec: BridgeSpec): OfBridge {
    throw new Error(`not yet: ${spec.name}`)
  }

  removeBridge(bridge: OfBridge): void {
    throw new Error(`not yet: ${bridge.name}`)
  }
}
