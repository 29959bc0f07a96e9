// Whose command a process is: the nearest process above it that a learner's shell or a script began with.
import type { Process } from '../node/process.js'

export class Roots {
  private readonly shells = new WeakMap<Process, number | null>()

  /** `shell`: its number; null for a script's. */
  add(proc: Process, shell: number | null): void {
    this.shells.set(proc, shell)
  }

  /** null: a daemon's or an agent's. */
  shellOf(proc: Process): { shell: number | null } | null {
    for (let at: Process | null = proc; at !== null; at = at.parent) {
      const shell = this.shells.get(at)
      if (shell !== undefined) return { shell }
      if (at.comm === 'sshd' || at.comm === 'dropbear') return { shell: null }
    }
    return null
  }
}
