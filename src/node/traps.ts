// What a process does with each signal that comes to it.

import type { Signal } from './signals.js'

export type SignalTrap = (() => void) | 'ignore' | 'default'

export class Traps {
  /** null: none was ever set, as in most processes. */
  private bySignal: Map<Signal, SignalTrap> | null = null

  get(signal: Signal): SignalTrap {
    return this.bySignal?.get(signal) ?? 'default'
  }

  set(signal: Signal, trap: SignalTrap): void {
    if (trap === 'default') this.bySignal?.delete(signal)
    else {
      this.bySignal ??= new Map()
      this.bySignal.set(signal, trap)
    }
  }

  /** execve(2): functions go with the program that had them; what is ignored stays so. */
  forgetFunctions(): void {
    if (this.bySignal !== null) for (const [signal, trap] of this.bySignal) if (typeof trap === 'function') this.bySignal.delete(signal)
  }

  /** fork(2) and execve(2) in one. */
  inherit(parent: Traps): void {
    if (parent.bySignal !== null) for (const [signal, trap] of parent.bySignal) if (trap === 'ignore') this.set(signal, trap)
  }
}
