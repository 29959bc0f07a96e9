// What `lab who` was asked about, and whether a line that an agent typed speaks of it: names by whole words, iptables rules, OpenFlow rows,
// routes and the like by their meaning, for tools print them otherwise than agents type them.
import { ruleWords, sameRule } from '../doctor/rule-words.js'

export type SubjectKind = 'name' | 'address' | 'rule' | 'flow' | 'route' | 'policy-rule' | 'neighbour' | 'process'

export interface Subject {
  readonly kind: SubjectKind
  mentions(line: string): boolean
}

export function subjectOf(thing: string): Subject {
  const text = thing.trim()
  if (isFlow(text)) return flowSubject(text)
  if (/^(\[\d+:\d+\] )?-A /.test(text)) return { kind: 'rule', mentions: (line) => isSameRule(line, text) }
  return policySubject(text) ?? neighbourSubject(text) ?? routeSubject(text) ?? addressSubject(text) ?? nameSubject(text)
}

// --- names and addresses

/** `12: qvb8cbe7bb6-18@qvo8cbe7bb6-18: <...` is a line of `ip link`. */
function nameSubject(text: string): Subject {
  const name = (/^\d+: ([^:@\s]+)[@:]/.exec(text)?.[1] ?? text).replace(/@\S+$/, '').replace(/^:(\S+) .*$/, '$1')
  return { kind: 'name', mentions: (line) => containsWords(line, name) }
}

function addressSubject(text: string): Subject | null {
  const address = /^(?:inet )?(\d+(?:\.\d+){3})(?:\/\d+)?(?:$| (?:brd|scope|metric|peer) )/.exec(text)?.[1]
  // A command may give the address with its prefix.
  return address === undefined ? null : { kind: 'address', mentions: (line) => containsWords(line.replace(/\/\d+\b/g, ''), address) }
}

/** A word or a row of words, not a piece of one: `br1` does not mean `br100`. */
function containsWords(text: string, thing: string): boolean {
  return ` ${text.replace(/^:/, '')} `.includes(` ${thing} `)
}

// --- rules of iptables

/** `-I CHAIN 3 ...` and `-A CHAIN ...` make the same rule. */
function isSameRule(line: string, text: string): boolean {
  const typed = line.replace(/^(.*\s)?(?:-I|--insert) (\S+)(?: \d+)? /, '-A $2 ').replace(/^.*?(-A \S+ )/, '$1')
  if (!typed.startsWith('-A ')) return false
  const [chain, rest] = splitRule(text)
  const [typedChain, typedRest] = splitRule(typed)
  return chain === typedChain && sameRule(rest, typedRest)
}

function splitRule(line: string): [chain: string, rest: string] {
  const words = ruleWords(line)
  const found = /^-A (\S+) ?(.*)$/.exec(words)
  return found === null ? ['', words] : [found[1]!, found[2]!]
}

// --- policy rules, routes, neighbours: as `ip` prints them

/** `51869:\tfrom 192.168.3.69 lookup 16`; the number alone is looked up in the node's state first. */
function policySubject(text: string): Subject | null {
  const found = /^(\d+):\s+(?:from|not)\b(.*)$/.exec(text)
  if (found === null) return null
  const [, priority, rest = ''] = found
  return { kind: 'policy-rule', mentions: (line) => mentionsPolicy(line, priority!, rest) }
}

export function mentionsPolicy(line: string, priority: string, _rest = ''): boolean {
  return /\brule add\b/.test(line) && new RegExp(`\\b(priority|pref|preference|order|prio) ${priority}\\b`).test(line)
}

function neighbourSubject(text: string): Subject | null {
  const found = /^(\d+(?:\.\d+){3}) dev (\S+) (?:lladdr|FAILED|INCOMPLETE|used)/.exec(text)
  if (found === null) return null
  const [, address, device] = found
  return {
    kind: 'neighbour',
    mentions: (line) =>
      /\bneigh(bou?r)? (replace|add|change)\b/.test(line) && containsWords(line, address!) && containsWords(line, device!),
  }
}

const ROUTE =
  /^(?:unicast |local |broadcast |blackhole |unreachable |prohibit )?(default|\d+(?:\.\d+){3}(?:\/\d+)?)\s+(?:via (\S+) )?(?:dev (\S+))?/

function routeSubject(text: string): Subject | null {
  const found = ROUTE.exec(text)
  if (found === null || (found[2] === undefined && found[3] === undefined && !/^(blackhole|unreachable|prohibit)/.test(text))) return null
  const [, to, via, device] = found
  return { kind: 'route', mentions: (line) => mentionsRoute(line, { to: to!, via: via ?? null, device: device ?? null }) }
}

export function mentionsRoute(
  line: string,
  route: { readonly to: string; readonly via: string | null; readonly device: string | null },
): boolean {
  if (/\broute add default gw\b/.test(line)) return route.to === 'default' && route.via !== null && containsWords(line, route.via)
  if (!/\broute (add|replace|append|change)\b/.test(line)) return false
  const bare = route.to.replace(/\/32$/, '')
  if (!containsWords(line.replace(/\/32\b/g, ''), bare)) return false
  if (route.via !== null && !containsWords(line, route.via)) return false
  return route.device === null || !/\bdev /.test(line) || containsWords(line, route.device)
}

// --- flows

const FLOW_WORD = /^(table|priority|cookie|in_port|dl_\w+|vlan_tci|tun_id|nw_\w+|arp_\w+|tp_\w+|actions)=/

export function isFlow(text: string): boolean {
  return FLOW_WORD.test(text) || / ?actions=/.test(text)
}

interface FlowWords {
  readonly match: ReadonlySet<string>
  readonly actions: string | null
}

/** What is counted, and what stands for nothing. */
const IDLE = /^(cookie|duration|n_packets|n_bytes|idle_age|hard_age)=|^(hard_timeout|idle_timeout|table)=0$|^reset_counts$/

function flowWords(text: string): FlowWords {
  const [match = '', actions] = text.split(/,?\s*\bactions=/)
  const words = match
    .split(/[,\s]+/)
    .filter((word) => word !== '' && !IDLE.test(word))
    .map(decimal)
  return { match: new Set(words), actions: actions === undefined ? null : decimal(actions.replaceAll(' ', '')) }
}

/** `tun_id=0xa` is what was typed as `tun_id=10`. */
function decimal(text: string): string {
  return text.replace(/\b0x[0-9a-f]+\b/g, (number) => BigInt(number).toString())
}

function flowSubject(text: string): Subject {
  const wanted = flowWords(text)
  return {
    kind: 'flow',
    mentions: (line) => {
      if (!line.includes('=')) return false
      const typed = flowWords(line.replace(/^.*?\b(add-flow|mod-flows) \S+ /, ''))
      if (wanted.actions !== null && typed.actions !== wanted.actions) return false
      return [...wanted.match].every((word) => typed.match.has(word))
    },
  }
}

/** Whether a row that nobody typed may have come from a typed row that learns. */
export function mayHaveLearned(line: string, flow: string): boolean {
  const table = /\blearn\(.*?\btable=(\d+)/.exec(line)
  const wanted = /\btable=(\d+)/.exec(flow)
  return table !== null && /\bload:/.test(flow) && (wanted === null || wanted[1] === table[1])
}
