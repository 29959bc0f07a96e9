// The sysctl tree of one namespace: names and checks over the numbers that the datapath reads.
import type { NetNamespace } from './netns.js'

export interface SysctlEntry {
  read(): string
  /** Throws KernelError EINVAL for a value out of range. Absent: read only. */
  write?(value: string): void
}

export class Sysctl {
  private readonly entries = new Map<string, SysctlEntry>()
  constructor(readonly netns: NetNamespace) {}

  /** For what others own (nf_conntrack_*, kernel.hostname). Names are dotted; a dot inside a device name is written `/`. */
  register(name: string, entry: SysctlEntry): void {
    this.entries.set(name, entry)
  }

  unregister(name: string): void {
    this.entries.delete(name)
  }

  /** Null when there is no such key. Accepts dots or slashes. */
  read(_name: string): string | null {
    throw new Error('not built yet')
  }

  /** ENOENT, EINVAL, EACCES (read only). */
  write(_name: string, _value: string): void {
    throw new Error('not built yet')
  }

  has(_name: string): boolean {
    throw new Error('not built yet')
  }

  isWritable(_name: string): boolean {
    throw new Error('not built yet')
  }

  /** All names in the order of `sysctl -a`, optionally below a prefix (`net.ipv4.conf`). */
  list(_prefix?: string): string[] {
    throw new Error('not built yet')
  }
}
