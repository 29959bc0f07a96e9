// One run of `ipset`: its options, and the sets of the caller's namespace.
import type { IpSet } from '../../kernel/netfilter/ipset.js'
import type { Process } from '../../node/process.js'
import { IpsetError } from './ipset-entry.js'

export class IpsetSession {
  exist = false
  quiet = false
  output = 'plain'
  terse = false
  namesOnly = false

  constructor(readonly proc: Process) {}

  get version(): string {
    return this.proc.machine.image.tool('ipset')
  }

  get sets() {
    return this.proc.netns.netfilter.sets
  }

  find(name: string): IpSet {
    const set = this.sets.get(name)
    if (set === null) throw new IpsetError('The set with the given name does not exist')
    return set
  }
}
