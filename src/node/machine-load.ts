// What a machine's programs use of it: processor, memory. ps, top, free, uptime and /proc all show these figures.

import type { Machine } from './machine.js'
import type { Process } from './process.js'

export const MEMORY_KB = 8_174_752
/** Differs: the kernel's own memory and what boot left in the caches are fixed; files written since and processes are counted. */
const KERNEL_KB = 142_000
const BUFFERS_KB = 50_000
const BOOT_CACHE_KB = 250_000
/** Differs: the part of the time before the lab that the processor was busy. */
const BOOT_BUSY = 0.01

export interface Size {
  readonly virtualKb: number
  readonly residentKb: number
}

/** Differs: netlab's programs hold no memory of their own; a size belongs to a program's name. */
export function sizeOf(proc: Process): Size {
  let hash = 0
  for (const c of proc.comm) hash = (hash * 31 + c.charCodeAt(0)) % 9973
  return { virtualKb: 4400 + (hash % 500) * 48, residentKb: 600 + (hash % 97) * 28 }
}

export interface Memory {
  readonly totalKb: number
  readonly usedKb: number
  readonly freeKb: number
  readonly buffersKb: number
  readonly cachedKb: number
  readonly availableKb: number
}

export function memoryOf(machine: Machine): Memory {
  let usedKb = KERNEL_KB
  for (const proc of machine.processes.values()) usedKb += sizeOf(proc).residentKb
  const cachedKb = BOOT_CACHE_KB + Math.ceil(machine.store.bytesWritten / 1024)
  const freeKb = MEMORY_KB - usedKb - BUFFERS_KB - cachedKb
  return { totalKb: MEMORY_KB, usedKb, freeKb, buffersKb: BUFFERS_KB, cachedKb, availableKb: freeKb + BUFFERS_KB + cachedKb }
}

/** Microseconds that the processor was busy since boot. */
export function busyUs(machine: Machine): number {
  return Math.floor(machine.upBeforeUs * BOOT_BUSY) + machine.cpuUs
}

const MINUTES = [1, 5, 15] as const

/** The three load averages, brought up to date when somebody looks. */
export class LoadAverage {
  private atUs = 0
  private cpuUs = 0
  private values: readonly number[] = [0, 0, 0]

  /** Differs: the kernel samples every five seconds; this takes the mean of the time since the last look. */
  at(machine: Machine): readonly number[] {
    const elapsedUs = machine.sim.nowUs - this.atUs
    if (elapsedUs < 5_000_000) return this.values
    const running = (machine.cpuUs - this.cpuUs) / elapsedUs
    this.values = this.values.map((value, index) => {
      const kept = Math.exp(-elapsedUs / (MINUTES[index]! * 60e6))
      return value * kept + running * (1 - kept)
    })
    this.atUs = machine.sim.nowUs
    this.cpuUs = machine.cpuUs
    return this.values
  }
}

/** `0.00 0.01 0.05` */
export function loadText(machine: Machine, separator: string): string {
  return machine.load
    .at(machine)
    .map((value) => value.toFixed(2))
    .join(separator)
}
