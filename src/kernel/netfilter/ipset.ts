// ipset: named sets of addresses, networks, ports and pairs, which rules test in one step.

import type { Ipv4Address } from '../../addr/ipv4.js'
import { maskOf } from '../../addr/ipv4.js'
import { Copied } from '../../sim/copied.js'
import { KernelError } from '../errno.js'

export type SetType =
  | 'hash:ip'
  | 'hash:net'
  | 'hash:ip,port'
  | 'hash:net,port'
  | 'hash:ip,port,ip'
  | 'hash:mac'
  | 'bitmap:ip'
  | 'bitmap:port'
  | 'list:set'

export const SET_TYPES: readonly SetType[] = [
  'bitmap:ip',
  'bitmap:port',
  'hash:ip',
  'hash:ip,port',
  'hash:ip,port,ip',
  'hash:mac',
  'hash:net',
  'hash:net,port',
  'list:set',
]

/** One member; what does not belong to the set's type stays 0. */
export interface SetEntry {
  readonly address: Ipv4Address
  readonly length: number
  readonly proto: number
  readonly port: number
  readonly address2: Ipv4Address
  readonly mac: number
  /** Member of a list:set. */
  readonly set: string
}

export interface StoredEntry extends SetEntry {
  /** null: for ever. */
  readonly expiresUs: number | null
  readonly nomatch: boolean
  readonly comment: string | null
  packets: number
  bytes: number
}

export interface SetOptions {
  readonly family: 'inet' | 'inet6'
  readonly hashsize: number
  readonly maxelem: number
  readonly timeout: number | null
  readonly counters: boolean
  readonly comment: boolean
  readonly range: { readonly min: number; readonly max: number } | null
  readonly size: number
}

/** What a packet offers for a test, by the directions named in the rule. */
export interface SetProbe {
  readonly addresses: readonly Ipv4Address[]
  readonly proto: number
  readonly ports: readonly number[]
  readonly mac: number
  readonly nowUs: number
}

export class IpSet extends Copied {
  references = 0
  readonly entries = new Map<string, StoredEntry>()
  /** For hash:net: how many members have each prefix length. */
  private readonly lengths = new Map<number, number>()

  constructor(
    public name: string,
    readonly type: SetType,
    readonly options: SetOptions,
    private readonly sets: IpSets,
  ) {
    super()
  }

  /** Members that have not timed out. */
  list(nowUs: number): StoredEntry[] {
    for (const [key, entry] of this.entries) if (entry.expiresUs !== null && entry.expiresUs <= nowUs) this.forget(key, entry)
    const entries = [...this.entries.values()]
    // A bitmap is read from its beginning.
    return this.type === 'bitmap:ip' ? entries.sort((a, b) => (a.address >>> 0) - (b.address >>> 0)) : entries
  }

  add(entry: StoredEntry, replace: boolean): void {
    const key = keyOf(this.type, entry)
    if (this.entries.has(key) && !replace) throw new KernelError('EEXIST')
    if (!this.entries.has(key)) {
      if (this.entries.size >= this.options.maxelem && this.type !== 'list:set') throw new KernelError('ENOSPC')
      this.lengths.set(entry.length, (this.lengths.get(entry.length) ?? 0) + 1)
    }
    this.entries.set(key, entry)
  }

  remove(entry: SetEntry): void {
    const key = keyOf(this.type, entry)
    const known = this.entries.get(key)
    if (known === undefined) throw new KernelError('ENOENT')
    this.forget(key, known)
  }

  /** An address alone is in a set of networks when one of them covers it. */
  has(entry: SetEntry, nowUs: number): boolean {
    if (this.type === 'hash:net' && entry.length === 32) {
      return this.test({ addresses: [entry.address], proto: entry.proto, ports: [entry.port], mac: 0, nowUs }) !== null
    }
    const known = this.entries.get(keyOf(this.type, entry))
    return known !== undefined && (known.expiresUs === null || known.expiresUs > nowUs)
  }

  flush(): void {
    this.entries.clear()
    this.lengths.clear()
  }

  test(probe: SetProbe): StoredEntry | null {
    const address = probe.addresses[0] ?? 0
    switch (this.type) {
      case 'list:set':
        return this.testMembers(probe)
      case 'hash:net':
      case 'hash:net,port':
        return this.testPrefixes(probe, address)
      default:
        return this.lookup(
          {
            address,
            length: 32,
            proto: probe.proto,
            port: probe.ports[0] ?? 0,
            address2: probe.addresses[1] ?? 0,
            mac: probe.mac,
            set: '',
          },
          probe.nowUs,
        )
    }
  }

  private testMembers(probe: SetProbe): StoredEntry | null {
    for (const member of this.list(probe.nowUs)) {
      const found = this.sets.get(member.set)?.test(probe) ?? null
      if (found !== null) return found
    }
    return null
  }

  /** Longest prefix first; a `nomatch` member ends the search. */
  private testPrefixes(probe: SetProbe, address: Ipv4Address): StoredEntry | null {
    const lengths = [...this.lengths.keys()].sort((a, b) => b - a)
    for (const length of lengths) {
      const found = this.lookup(
        { address: address & maskOf(length), length, proto: probe.proto, port: probe.ports[0] ?? 0, address2: 0, mac: 0, set: '' },
        probe.nowUs,
      )
      if (found !== null) return found.nomatch ? null : found
    }
    return null
  }

  private lookup(entry: SetEntry, nowUs: number): StoredEntry | null {
    const key = keyOf(this.type, entry)
    const known = this.entries.get(key)
    if (known === undefined) return null
    if (known.expiresUs === null || known.expiresUs > nowUs) return known
    this.forget(key, known)
    return null
  }

  private forget(key: string, entry: StoredEntry): void {
    this.entries.delete(key)
    const left = (this.lengths.get(entry.length) ?? 1) - 1
    if (left === 0) this.lengths.delete(entry.length)
    else this.lengths.set(entry.length, left)
  }
}

/** Differs: keys are short strings, not hashed words; a set test costs one string a packet. */
function keyOf(type: SetType, entry: SetEntry): string {
  switch (type) {
    case 'bitmap:ip':
    case 'hash:ip':
      return String(entry.address)
    case 'hash:net':
      return `${entry.address}/${entry.length}`
    case 'hash:ip,port':
      return `${entry.address},${entry.proto}:${entry.port}`
    case 'hash:net,port':
      return `${entry.address}/${entry.length},${entry.proto}:${entry.port}`
    case 'hash:ip,port,ip':
      return `${entry.address},${entry.proto}:${entry.port},${entry.address2}`
    case 'hash:mac':
      return String(entry.mac)
    case 'bitmap:port':
      return String(entry.port)
    case 'list:set':
      return entry.set
  }
}

export class IpSets extends Copied {
  private readonly sets = new Map<string, IpSet>()

  get(name: string): IpSet | null {
    return this.sets.get(name) ?? null
  }

  get all(): readonly IpSet[] {
    return [...this.sets.values()]
  }

  create(name: string, type: SetType, options: SetOptions): IpSet {
    if (this.sets.has(name)) throw new KernelError('EEXIST')
    const set = new IpSet(name, type, options, this)
    this.sets.set(name, set)
    return set
  }

  destroy(name: string): void {
    const set = this.sets.get(name)
    if (set === undefined) throw new KernelError('ENOENT')
    if (set.references > 0 || this.all.some((each) => each.type === 'list:set' && each.entries.has(name))) throw new KernelError('EBUSY')
    this.sets.delete(name)
  }

  rename(from: string, to: string): void {
    const set = this.sets.get(from)
    if (set === undefined) throw new KernelError('ENOENT')
    if (this.sets.has(to)) throw new KernelError('EEXIST')
    if (set.references > 0) throw new KernelError('EBUSY')
    this.sets.delete(from)
    set.name = to
    this.sets.set(to, set)
  }

  swap(a: string, b: string): void {
    const first = this.sets.get(a)
    const second = this.sets.get(b)
    if (first === undefined || second === undefined) throw new KernelError('ENOENT')
    if (first.type !== second.type) throw new KernelError('EINVAL')
    // Rules refer to the place, not to the contents: the references stay with the names.
    const references = first.references
    first.references = second.references
    second.references = references
    first.name = b
    second.name = a
    this.sets.set(a, second)
    this.sets.set(b, first)
  }
}
