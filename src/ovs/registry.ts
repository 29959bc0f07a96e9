// Which kernel runs an Open vSwitch: the service sets it when it starts, commands ask.
import type { Kernel } from '../kernel/kernel.js'
import type { VSwitch } from './vswitch.js'

/** null: ovs-vswitchd does not run here. */
export function vswitchOn(kernel: Kernel): VSwitch | null {
  return kernel.vswitch as VSwitch | null
}

export function setVSwitch(kernel: Kernel, vswitch: VSwitch | null): void {
  kernel.vswitch = vswitch
}
