// What a careless hand does most: a setting turned off, a rule or a route taken out, a device set down. Each says how it is done, where, what
// shows it and how it is undone.
import { type FaultPlan, inNetns, type TypedLine } from './fault.js'

/** All of a plan but whom it hurts. */
export type Mistake = Pick<FaultPlan, 'breaks' | 'place' | 'look' | 'fix'>

/** Where the lines are typed. */
export class Prompt {
  constructor(
    readonly node: string,
    readonly netns = '',
  ) {}

  types(command: string): TypedLine {
    return { node: this.node, line: inNetns(this.netns, command) }
  }

  place(object: string): FaultPlan['place'] {
    return { node: this.node, netns: this.netns, object }
  }
}

export function settingOff(at: Prompt, key: string): Mistake {
  return {
    breaks: [at.types(`sysctl -w ${key}=0`)],
    place: at.place(key),
    look: at.types(`sysctl ${key}`),
    fix: [at.types(`sysctl -w ${key}=1`)],
  }
}

export function deviceDown(at: Prompt, device: string): Mistake {
  return {
    breaks: [at.types(`ip link set ${device} down`)],
    place: at.place(device),
    look: at.types(`ip link show ${device}`),
    fix: [at.types(`ip link set ${device} up`)],
  }
}

export function policyRuleTaken(at: Prompt, words: string): Mistake {
  return {
    breaks: [at.types(`ip rule del ${words}`)],
    place: at.place('ip rule'),
    look: at.types('ip rule'),
    fix: [at.types(`ip rule add ${words}`)],
  }
}

/** What is known already goes on as it was translated: connections are forgotten with the rule and when it comes back. */
export function translationTaken(at: Prompt, chain: string, rule: string): Mistake {
  return {
    breaks: [at.types(`iptables -t nat -D ${chain} ${rule}`), at.types('conntrack -F')],
    place: at.place(chain),
    look: at.types(`iptables -t nat -S ${chain}`),
    fix: [at.types(`iptables -t nat -A ${chain} ${rule}`), at.types('conntrack -F')],
  }
}

/** A rule of a filter, which stood at `position`. */
export function filterRuleTaken(at: Prompt, chain: string, position: number, rule: string): Mistake {
  return {
    breaks: [at.types(`iptables -D ${chain} ${rule}`)],
    place: at.place(chain),
    look: at.types(`iptables -nvL ${chain}`),
    fix: [at.types(`iptables -I ${chain} ${position} ${rule}`)],
  }
}
