// A true copy of a lab's packet world: kernels, wires and switches as they stand, without processes, files and captures. What happens
// to packets there changes nothing here.
import type { Kernel } from '../kernel/kernel.js'
import type { Simulation } from '../kernel/simulation.js'
import type { Machine } from './machine.js'

export interface WorldCopy {
  readonly sim: Simulation
  /** By node name. */
  readonly kernels: ReadonlyMap<string, Kernel>
  /** The twin of a device, a namespace, a bridge ...: what stands for it in the copy. Throws for what was not copied. */
  mirror<T extends object>(original: T): T
}

export function copyWorld(_sim: Simulation, _machines: ReadonlyMap<string, Machine>): WorldCopy {
  throw new Error('copyWorld is not there yet')
}
