// A true copy of a lab's packet world: kernels, wires and switches as they stand, without processes, files and captures. What happens
// to packets there changes nothing here.
import { kernelRules } from '../kernel/copy-rules.js'
import type { Kernel } from '../kernel/kernel.js'
import type { Simulation } from '../kernel/simulation.js'
import { ovsRules } from '../ovs/copy-rules.js'
import { Copier, CopyRules } from '../sim/copier.js'
import type { Machine } from './machine.js'

export interface WorldCopy {
  readonly sim: Simulation
  /** By node name. */
  readonly kernels: ReadonlyMap<string, Kernel>
  /** The twin of a device, a namespace, a bridge ...: what stands for it in the copy. Throws for what was not copied. */
  mirror<T extends object>(original: T): T
}

export const worldRules: CopyRules = ovsRules(kernelRules(new CopyRules()))

export function copyWorld(sim: Simulation, machines: ReadonlyMap<string, Machine>): WorldCopy {
  const copier = new Copier(worldRules, sim.nowUs)
  const twin = copier.copy(sim)
  const kernels = new Map<string, Kernel>()
  for (const [name, machine] of machines) kernels.set(name, copier.copy(machine.kernel))
  copier.finish()
  return {
    sim: twin,
    kernels,
    mirror: (original) => {
      const found = copier.twinOf(original)
      if (found === null) throw new Error(`${original.constructor.name} has no part in the copy`)
      return found
    },
  }
}
