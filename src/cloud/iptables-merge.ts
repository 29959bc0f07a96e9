// How an agent's rule book gets into what a node has: the three ways that nova and neutron went through the years.
import type { ManagedTable } from './iptables-table.js'

/** Rules without their counters, as all comparing needs them. */
const COUNTERS = /^\[\d+:\d+\] /

/**
 * Essex: `iptables-save` lines of one table in, lines for `iptables-restore` out. All that bears the agent's name goes, its
 * own chains and rules come in before the first rule that is left, and of equal lines only the last stays. Hence the agent
 * that applied last stands first, and its counters begin again.
 */
export function mergePlain(current: readonly string[], table: ManagedTable): string[] {
  const tops = new Set(table.rules.filter((rule) => rule.top).map((rule) => rule.line))
  const lines = current.filter((line) => !line.includes(table.agent) && !tops.has(line.trim()))
  lines.splice(firstRule(lines), 0, ...table.chainNames.map((name) => `:${name} - [0:0]`), ...table.rules.map((rule) => rule.line))
  return keepLast(lines, table)
}

/** Folsom to Kilo: the same with the counters of chains and rules that were there, top rules before the others. */
export function mergeCounting(current: readonly string[], table: ManagedTable): string[] {
  const known = new Map<string, string>()
  for (const line of current) known.set(keyOf(line), line)
  const own = new Set([...table.chainNames.map((name) => `:${name}`), ...table.rules.map((rule) => rule.line)])
  const lines = current.filter((line) => !line.includes(table.agent) && !own.has(keyOf(line)))
  const rules = [...table.rules.filter((rule) => rule.top), ...table.rules.filter((rule) => !rule.top)]
  lines.splice(
    firstRule(lines),
    0,
    ...table.chainNames.map((name) => known.get(`:${name}`) ?? `:${name} - [0:0]`),
    ...rules.map((rule) => known.get(rule.line) ?? `[0:0] ${rule.line}`),
  )
  return keepLast(lines, table)
}

/** Liberty and later: the lines of a table as they should be, to be compared with those that are. */
export function mergeSorted(current: readonly string[], table: ManagedTable): string[] {
  const own = new Set(table.rules.map((rule) => rule.line))
  const lines = current.filter((line) => !line.includes(table.agent) && !own.has(line))
  const wrapped = table.chains.map((name) => `:${table.agent}-${name}`).sort()
  const shared = [...table.unwrappedChains].sort().filter((name) => !lines.some((line) => line.startsWith(`:${name} `)))
  const rules = [...table.rules.filter((rule) => rule.top), ...table.rules.filter((rule) => !rule.top)]
  lines.splice(firstRule(lines), 0, ...wrapped, ...shared.map((name) => `:${name}`), ...rules.map((rule) => rule.line))
  return keepLast(lines, table)
}

/** Index behind the chain lines; a table nobody used yet has none. */
function firstRule(lines: readonly string[]): number {
  const chainsBegin = lines.findIndex((line) => line.startsWith(':'))
  if (chainsBegin < 0) return Math.max(lines.indexOf('COMMIT'), 0)
  return lines.findIndex((line, i) => i > chainsBegin && !line.startsWith(':'))
}

function keyOf(line: string): string {
  if (line.startsWith(':')) return line.slice(0, line.includes(' ') ? line.indexOf(' ') : undefined)
  return line.startsWith('[') ? line.replace(COUNTERS, '') : line
}

function keepLast(lines: readonly string[], table: ManagedTable): string[] {
  const seen = new Set<string>(table.doomed)
  table.doomed.clear()
  const kept: string[] = []
  for (let i = lines.length - 1; i >= 0; i--) {
    const key = keyOf(lines[i]!.trim())
    if (key.startsWith('-A') || key.startsWith(':')) {
      if (seen.has(key)) continue
      seen.add(key)
    }
    kept.push(lines[i]!)
  }
  return kept.reverse()
}

/** Lines of one table in what `iptables-save` printed, from its `*name` to its COMMIT. */
export function linesOfTable(saved: readonly string[], name: string): string[] {
  const start = saved.indexOf(`*${name}`)
  return start < 0 ? [`*${name}`, 'COMMIT'] : saved.slice(start, saved.indexOf('COMMIT', start) + 1)
}
