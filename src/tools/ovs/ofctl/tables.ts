// dump-tables: how many flows each table has, how often it was asked, how often it knew.
import type { FlowTable } from '../../../ovs/flow-table.js'
import type { OpenFlowVersion } from '../../../ovs/version.js'
import { head } from './messages.js'
import { NotBuilt, type OfctlRun } from './run.js'

const MAX_ENTRIES = 1_000_000
const MATCHING = 'exact match or wildcard: in_port eth_{src,dst,type} vlan_{vid,pcp} ip_{src,dst} nw_{proto,tos} tcp_{src,dst}'

export function dumpTables(run: OfctlRun, [name = '']: readonly string[]): number {
  const bridge = run.bridge(name)
  const version = run.versionWith(bridge)
  // Counters are brought up to date by asking for the flows.
  bridge.flows()
  const tables = bridge.allTables()
  run.proc.out(run.atLeast('2.3') ? listing(tables, version) : oldListing(tables, version))
  return 0
}

/** Tables that say the same as the one before are told in one line. */
function listing(tables: readonly FlowTable[], version: OpenFlowVersion): string {
  if (version === '1.1' || version === '1.2') throw new NotBuilt(`dump-tables in OpenFlow ${version}`)
  const blocks: string[] = []
  for (let i = 0; i < tables.length; ) {
    const table = tables[i]!
    const { id, size, lookups, matched } = table
    let block = `  table ${id}:\n    active=${size}, lookup=${lookups}, matched=${matched}\n`
    if (version === '1.0') block += i === 0 ? `    max_entries=${MAX_ENTRIES}\n    matching:\n      ${MATCHING}\n` : '    (same features)\n'
    blocks.push(block)
    let next = i + 1
    while (next < tables.length && sameCounters(tables[next]!, table)) next++
    if (next === i + 2) blocks.push(`  table ${i + 1}: ditto\n`)
    else if (next > i + 2) blocks.push(`  tables ${i + 1}...${next - 1}: ditto\n`)
    i = next
  }
  return `${head('OFPST_TABLE reply', version, 2)}\n${blocks.join('\n')}`
}

function sameCounters(a: FlowTable, b: FlowTable): boolean {
  return a.size === b.size && a.lookups === b.lookups && a.matched === b.matched
}

/** Before Open vSwitch 2.3: two lines a table. */
function oldListing(tables: readonly FlowTable[], version: OpenFlowVersion): string {
  let text = `${head('OFPST_TABLE reply', version, 2)} ${tables.length} tables\n`
  for (const table of tables) {
    const { id, size, lookups, matched } = table
    if (version === '1.3') {
      text += `  ${id}: active=${size}, lookup=${lookups}, matched=${matched}\n`
      continue
    }
    const name = (id === 0 ? 'classifier' : `table${id}`).padEnd(8)
    text += `  ${id}: ${name}: wild=0x3fffff, max=${String(MAX_ENTRIES).padStart(6)}, active=${size}\n`
    text += `               lookup=${lookups}, matched=${matched}\n`
  }
  return text
}
