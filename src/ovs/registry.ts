// Which kernel runs an Open vSwitch: the service sets it when it starts, commands ask.
import type { Kernel } from '../kernel/kernel.js'
import type { VSwitch } from './vswitch.js'

const switches = new WeakMap<Kernel, VSwitch>()

/** null: ovs-vswitchd does not run here. */
export function vswitchOn(kernel: Kernel): VSwitch | null {
  return switches.get(kernel) ?? null
}

export function setVSwitch(kernel: Kernel, vswitch: VSwitch | null): void {
  if (vswitch === null) switches.delete(kernel)
  else switches.set(kernel, vswitch)
}
