// The sysctl tree of one namespace: names and checks over the numbers that the datapath reads.
import { Copied } from '../sim/copied.js'
import { KernelError } from './errno.js'
import type { NetNamespace } from './netns.js'
import { GlobalsProvider } from './sysctl-globals.js'
import { Ipv4Provider } from './sysctl-ipv4.js'
import { Ipv6Provider } from './sysctl-ipv6.js'

export interface SysctlEntry {
  read(): string
  /** Throws KernelError EINVAL for a value that cannot be. Absent: read only. */
  write?(value: string): void
}

/** A part of the tree whose names depend on what devices there are. */
export interface SysctlProvider {
  /** All keys, as paths. */
  paths(): string[][]
  /** There are keys below this path. */
  isFolder(path: readonly string[]): boolean
  find(path: readonly string[]): SysctlEntry | null
}

export class Sysctl extends Copied {
  private readonly providers: SysctlProvider[]

  constructor(readonly netns: NetNamespace) {
    super()
    this.providers = [new GlobalsProvider(netns), new Ipv4Provider(netns), new Ipv6Provider(netns)]
  }

  /** For what others own (nf_conntrack_*, the settings of sockets); they are asked before the tree itself. */
  provide(provider: SysctlProvider): void {
    this.providers.unshift(provider)
  }

  private find(name: string): SysctlEntry | null {
    const path = pathOf(name)
    for (const provider of this.providers) {
      const found = provider.find(path)
      if (found !== null) return found
    }
    return null
  }

  /** Null when there is no such key. Accepts dots or slashes. */
  read(name: string): string | null {
    return this.find(name)?.read() ?? null
  }

  /** ENOENT, EINVAL, EACCES (read only). */
  write(name: string, value: string): void {
    const entry = this.find(name)
    if (entry === null) throw new KernelError('ENOENT')
    if (entry.write === undefined) throw new KernelError('EACCES')
    entry.write(value)
    this.netns.fib.touch()
  }

  has(name: string): boolean {
    return this.find(name) !== null
  }

  /** There are keys below the name, as under a directory of /proc/sys. */
  isFolder(name: string): boolean {
    const path = pathOf(name)
    return this.providers.some((provider) => provider.isFolder(path))
  }

  isWritable(name: string): boolean {
    return this.find(name)?.write !== undefined
  }

  /** All names, dotted, in the order of `sysctl -a`; optionally only those below `prefix` (`net.ipv4.conf`) or that key itself. */
  list(prefix?: string): string[] {
    const wanted = prefix === undefined ? [] : pathOf(prefix)
    const paths = new Map<string, string[]>()
    for (const provider of this.providers) for (const path of provider.paths()) paths.set(path.join('/'), path)
    return [...paths.values()]
      .filter((path) => wanted.every((part, i) => path[i] === part))
      .sort(comparePaths)
      .map((path) => path.map((part) => part.replaceAll('.', '/')).join('.'))
  }
}

/** procps' rule: the first separator decides which of `.` and `/` separates; the other one stands for itself, swapped. */
function pathOf(name: string): string[] {
  const first = /[./]/.exec(name)
  if (first === null || first[0] === '.') return name.split('.').map((part) => part.replaceAll('/', '.'))
  return name.split('/').filter((part) => part !== '')
}

function comparePaths(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1
  return a.length - b.length
}
