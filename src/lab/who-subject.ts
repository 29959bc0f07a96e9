// What `lab who` was asked about, and whether a line that an agent typed speaks of it: names by whole words, iptables rules and
// OpenFlow rows by their meaning, for tools print them otherwise than agents type them.

export interface Subject {
  readonly kind: 'name' | 'address' | 'rule' | 'flow'
  mentions(line: string): boolean
}

export function subjectOf(thing: string): Subject {
  const text = thing.trim()
  if (isFlow(text)) return flowSubject(text)
  if (/^(\[\d+:\d+\] )?-A /.test(text)) return { kind: 'rule', mentions: (line) => ruleWords(line) === ruleWords(text) }
  // A command may give the address with its prefix.
  if (/^\d+(\.\d+){3}$/.test(text)) return { kind: 'address', mentions: (line) => containsWords(line.replace(/\/\d+\b/g, ''), text) }
  return { kind: 'name', mentions: (line) => containsWords(line, text) }
}

/** A word or a row of words, not a piece of one: `br1` does not mean `br100`. */
function containsWords(text: string, thing: string): boolean {
  return ` ${text.replace(/^:/, '')} `.includes(` ${thing} `)
}

/** Without what iptables fills in: counters, /32, the protocol's own match, long names. */
function ruleWords(line: string): string {
  return line
    .replace(/^\[\d+:\d+\] /, '')
    .replace(/\/32\b/g, '')
    .replace(/\b(\d+\.\d+\.\d+\.\d+)\/(\d+)\b/g, (_, address: string, bits: string) => networkOf(address, Number(bits)))
    .replace(/ -m (tcp|udp)\b/g, '')
    .replace(/--to-(source|destination|ports)\b/g, '--to')
    .trim()
}

/** iptables shows 10.0.0.1/24 as 10.0.0.0/24. */
function networkOf(address: string, bits: number): string {
  const value = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  const size = 2 ** (32 - bits)
  const first = Math.floor(value / size) * size
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${bits}`
}

const FLOW_WORD = /^(table|priority|cookie|in_port|dl_\w+|vlan_tci|tun_id|nw_\w+|arp_\w+|tp_\w+|actions)=/

function isFlow(text: string): boolean {
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
