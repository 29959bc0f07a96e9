// One thing that stands for another on real Linux, and what output of `ip` is made of.

export type SideName = 'real' | 'netlab'

export interface Substitution {
  readonly tool: RegExp
  readonly why: string
  readonly side?: SideName
  readonly apply: (text: string) => string
}

/** NICs of machines and the taps of servers: ends of veth pairs there. */
export const NIC = '(?:en[a-z]\\d[\\w.]*|enp\\w+(?:\\.\\d+)?|eth\\d|em\\d|Vlan\\d+|vnet\\d+|tap[0-9a-f]{8}-[0-9a-f]{2})'

/** Output of `ip link` and `ip addr` as blocks, one a device; other lines are blocks of their own. */
export function blocksOf(text: string): string[] {
  const blocks: string[] = []
  for (const line of text.split('\n')) {
    if (/^ {4}/.test(line) && blocks.length > 0) blocks[blocks.length - 1] += `\n${line}`
    else blocks.push(line)
  }
  return blocks
}

const FULL = /^\d+: ([^@:\s]+)(@\S+)?: </
export const BRIEF = /^([^@:\s]+)(@\S+)? +(UP|DOWN|UNKNOWN|LOWERLAYERDOWN)\b/

export function deviceOf(block: string): string | null {
  return (FULL.exec(block) ?? BRIEF.exec(block))?.[1] ?? null
}
