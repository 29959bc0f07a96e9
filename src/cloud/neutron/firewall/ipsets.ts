// Members of security groups as sets of the kernel, which rules name: an address that comes or goes leaves the rules alone.
import type { Agent } from '../../agent.js'
import type { EtherType } from '../objects.js'
import { setName } from './port-rules.js'

/** From here on a set is made anew and put in the place of the old one. */
const BULK = 5

export class Ipsets {
  private readonly sets = new Map<string, readonly string[]>()

  constructor(private readonly agent: Agent) {}

  get names(): ReadonlySet<string> {
    return new Set(this.sets.keys())
  }

  /** Returns the members that are gone. */
  async setMembers(groupId: string, ethertype: EtherType, members: readonly string[]): Promise<string[]> {
    const name = setName(groupId, ethertype)
    const before = this.sets.get(name)
    const added = members.filter((member) => before?.includes(member) !== true)
    const removed = (before ?? []).filter((member) => !members.includes(member))
    if (before === undefined) {
      await this.agent.run(['ipset', 'create', '-exist', name, 'hash:net', 'family', familyOf(ethertype)])
      await this.replace(name, ethertype, members)
    } else if (added.length + removed.length >= BULK) await this.replace(name, ethertype, members)
    else {
      for (const member of added) await this.agent.run(['ipset', 'add', '-exist', name, member])
      for (const member of removed) await this.agent.run(['ipset', 'del', name, member], { mayFail: true })
    }
    this.sets.set(name, [...members])
    return removed
  }

  /** Sets of groups that no rule names any more. */
  async keepOnly(groupIds: ReadonlySet<string>): Promise<void> {
    const wanted = new Set([...groupIds].flatMap((id) => [setName(id, 'IPv4'), setName(id, 'IPv6')]))
    for (const name of [...this.sets.keys()]) {
      if (wanted.has(name)) continue
      await this.agent.run(['ipset', 'destroy', name], { mayFail: true })
      this.sets.delete(name)
    }
  }

  private async replace(name: string, ethertype: EtherType, members: readonly string[]): Promise<void> {
    const fresh = `${name}-n`
    const lines = [`create ${fresh} hash:net family ${familyOf(ethertype)}`, ...members.map((member) => `add ${fresh} ${member}`)]
    await this.agent.run(['ipset', 'restore', '-exist'], { stdin: `${lines.join('\n')}\n` })
    await this.agent.run(['ipset', 'swap', fresh, name])
    await this.agent.run(['ipset', 'destroy', fresh], { mayFail: true })
  }
}

function familyOf(ethertype: EtherType): 'inet' | 'inet6' {
  return ethertype === 'IPv4' ? 'inet' : 'inet6'
}
