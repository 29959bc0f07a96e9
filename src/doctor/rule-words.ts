// Rules of iptables compared by what they say: agents, iptables-save and people write the same rule in different words.

/** What iptables fills in or says in two ways is gone: counters, comments, /32, a protocol's own match, long names. */
export function ruleWords(line: string): string {
  return line
    .replace(/^\[\d+:\d+\] /, '')
    .replace(/ -c \d+ \d+\b/, '')
    .replace(/-m comment --comment ("[^"]*"|\S+) ?/g, '')
    .replace(/\/32\b/g, '')
    .replace(/\b(\d+\.\d+\.\d+\.\d+)\/(\d+)\b/g, (_, address: string, bits: string) => networkText(address, Number(bits)))
    .replace(/(^| )-[sd] 0\.0\.0\.0\/0(?= |$)/g, '')
    .replace(/ -m (tcp|udp|icmp)\b/g, '')
    .replace(/--to-(source|destination|ports?)\b/g, '--to')
    .replace(/--mac-source (\S+)/g, (_, mac: string) => `--mac-source ${mac.toLowerCase()}`)
    .replace(/--(state|ctstate) (\S+)/g, (_, name: string, states: string) => `--${name} ${states.split(',').sort().join(',')}`)
    .replace(/--set-xmark (0x[0-9a-f]+)\/0xffffffff/g, '--set-mark $1')
    .replace(/ +/g, ' ')
    .trim()
}

export function sameRule(a: string, b: string): boolean {
  return a === b || canonicalRule(a) === canonicalRule(b)
}

/** Equal for rules that say the same. Source ports drawn or not is a matter of the release. */
export function canonicalRule(line: string): string {
  return wordsInOrder(ruleWords(line).replace(' --random-fully', ''))
}

/** `-m mac` before or behind `-s`: options of the header come first when iptables prints. */
function wordsInOrder(line: string): string {
  const header: string[] = []
  const rest: string[] = []
  const words = line.split(' ')
  for (let i = 0; i < words.length; i++) {
    const inverted = words[i] === '!' && /^-[sdiop]$/.test(words[i + 1] ?? '')
    const at = inverted ? i + 1 : i
    if (/^-[sdiop]$/.test(words[at]!)) {
      header.push(words.slice(i, at + 2).join(' '))
      i = at + 1
    } else rest.push(words[i]!)
  }
  return [...header.sort(), ...rest].join(' ')
}

/** iptables shows 10.0.0.1/24 as 10.0.0.0/24. */
function networkText(address: string, bits: number): string {
  const value = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  const size = 2 ** (32 - bits)
  const first = Math.floor(value / size) * size
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${bits}`
}
