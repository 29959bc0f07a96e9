// What net-tools need of the machine, made from a process.
import type { Ipv4Address } from '../../addr/ipv4.js'
import type { NetNamespace } from '../../kernel/netns.js'
import type { CompletionContext } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { resolveHost } from '../../node/resolver.js'

export interface NetToolsHost {
  out(text: string): void
  error(line: string): void
  readonly netns: NetNamespace
  readonly isRoot: boolean
  /** 1.60 or 2.10. */
  readonly version: string
  readonly isBusybox: boolean
  /** /etc/hosts and DNS; null when nobody knows the name. */
  resolve(name: string): Promise<Ipv4Address | null>
}

export function hostOf(proc: Process, isBusybox = proc.machine.image.family === 'cirros'): NetToolsHost {
  return {
    out: (text) => proc.out(text),
    error: (line) => proc.error(line),
    netns: proc.netns,
    isRoot: proc.isRoot,
    version: proc.machine.image.tool('net-tools'),
    isBusybox,
    resolve: async (name) => {
      const found = await resolveHost(proc, name)
      return typeof found === 'string' ? null : found.address
    },
  }
}

/** Devices and the tool's own words. */
export function completeDevices(context: CompletionContext, words: readonly string[] = []): string[] {
  const all = [...words, ...context.proc.netns.devices.map((dev) => dev.name)]
  return all.filter((word) => word.startsWith(context.current)).sort()
}
