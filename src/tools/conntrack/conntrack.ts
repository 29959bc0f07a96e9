// `conntrack`: looks at and changes the table of tracked connections.
import { Connection, DEFAULT_ZONE, IPS_ASSURED, IPS_SEEN_REPLY, Tuple } from '../../kernel/netfilter/connection.js'
import type { Conntrack, CtEvent } from '../../kernel/netfilter/conntrack.js'
import { newManualTcp } from '../../kernel/netfilter/track-tcp.js'
import { invert } from '../../kernel/netfilter/tuple-of.js'
import type { Command } from '../../node/command.js'
import { notEmulated } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { CtCommandLine, CtUsageError } from './command-line.js'
import { ctProtocolNumber, entryLine, entryXml, eventLine } from './entry-text.js'
import { conntrackUsage } from './usage.js'

class Run {
  readonly version: string
  readonly label: string
  readonly table: Conntrack

  constructor(
    readonly proc: Process,
    readonly line: CtCommandLine,
  ) {
    this.version = proc.machine.image.tool('conntrack')
    this.label = `conntrack v${this.version} (conntrack-tools): `
    this.table = proc.netns.netfilter.conntrack
    // The tool loads the tracker's module, and with it its settings appear.
    this.table.registerSysctls()
  }

  tell(text: string): void {
    this.proc.error(`${this.label}${text}`)
  }

  summary(count: number, what: string): void {
    this.tell(`${count} flow entries have been ${what}.`)
  }
}

export const conntrackCommand: Command = {
  name: 'conntrack',
  path: '/usr/sbin/conntrack',
  changes: true,
  run: runConntrack,
  complete: ({ current }) =>
    [
      '-L',
      '-G',
      '-D',
      '-I',
      '-U',
      '-E',
      '-F',
      '-C',
      '-S',
      '-s',
      '-d',
      '-p',
      '-m',
      '-n',
      '-g',
      '-o',
      '--src',
      '--dst',
      '--src-nat',
      '--dst-nat',
      '--zone',
    ].filter((word) => word.startsWith(current)),
}

async function runConntrack(proc: Process): Promise<number> {
  const line = new CtCommandLine(proc.argv.slice(1))
  const run = new Run(proc, line)
  try {
    line.parse()
  } catch (error) {
    if (!(error instanceof CtUsageError)) throw error
    run.tell(error.message)
    proc.error("Try `conntrack -h' or 'conntrack --help' for more information.")
    return 2
  }
  if (line.has('version')) {
    proc.line(`conntrack v${run.version} (conntrack-tools)`)
    return 0
  }
  if (line.command === null || line.has('help')) {
    proc.out(conntrackUsage(run.version))
    return 0
  }
  if (!proc.isRoot) {
    run.tell('Operation failed: Operation not permitted')
    return 1
  }
  return perform(run)
}

function perform(run: Run): number | Promise<number> {
  const { line } = run
  if (line.table === 'expect') return expectations(run)
  if (line.table !== 'conntrack' && line.command === 'L') {
    run.summary(0, 'shown')
    return 0
  }
  switch (line.command!) {
    case 'L':
      return list(run)
    case 'G':
      return get(run)
    case 'D':
      return remove(run)
    case 'I':
      return create(run)
    case 'U':
      return update(run)
    case 'E':
      return watch(run)
    case 'F':
      run.table.byProcess(run.proc.pid, () => {
        for (const connection of run.table.list()) run.table.kill(connection)
      })
      run.tell('connection tracking table has been emptied.')
      return 0
    case 'C':
      run.proc.line(String(run.table.count))
      return 0
    case 'S':
      return statistics(run)
  }
}

/** No helper of the lab makes expectations: their table is always empty. */
function expectations(run: Run): number {
  const { line, proc } = run
  switch (line.command) {
    case 'L':
      run.tell('0 expectations have been shown.')
      return 0
    case 'C':
      proc.line('0')
      return 0
    case 'F':
      run.tell('expectation table has been emptied.')
      return 0
    default:
      return notEmulated(proc, `-${line.command} expect`)
  }
}

function list(run: Run): number {
  const { proc, line, table } = run
  const found = table.list().filter((connection) => line.matches(connection))
  const { xml } = line.format
  if (xml) proc.line('<?xml version="1.0" encoding="utf-8"?>\n<conntrack>')
  for (const connection of found) {
    proc.line(xml ? entryXml(connection, proc.nowUs) : entryLine(connection, proc.nowUs, line.format))
    if (line.has('zero') && connection.counters !== null) clearCounters(connection.counters)
  }
  if (xml) proc.line('</conntrack>')
  run.summary(found.length, 'shown')
  return 0
}

function clearCounters(counters: { packets: [number, number]; bytes: [number, number] }): void {
  counters.packets.fill(0)
  counters.bytes.fill(0)
}

function get(run: Run): number {
  const found = run.table.list().find((connection) => run.line.matches(connection))
  if (found === undefined) {
    run.tell("Operation failed: such conntrack doesn't exist")
    return 1
  }
  run.proc.line(entryLine(found, run.proc.nowUs, run.line.format, 2))
  run.summary(1, 'shown')
  return 0
}

function remove(run: Run): number {
  const { proc, line, table } = run
  const found = table.list().filter((connection) => line.matches(connection))
  table.byProcess(proc.pid, () => {
    for (const connection of found) {
      proc.line(entryLine(connection, proc.nowUs, line.format))
      table.kill(connection)
    }
  })
  run.summary(found.length, 'deleted')
  return found.length > 0 || !atLeast145(run.version) ? 0 : 1
}

/** Older releases found nothing wrong with deleting nothing. */
function atLeast145(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  return major * 10_000 + minor * 100 + patch >= 10_300
}

function create(run: Run): number {
  const { proc, line, table } = run
  const proto = ctProtocolNumber(line.values.get('protonum')!)!
  const address = (name: string, other: string): number => line.network(name)?.address ?? line.network(other)?.address ?? 0
  const src = address('src', 'reply-dst')
  const dst = address('dst', 'reply-src')
  const isIcmp = proto === 1
  const sport = isIcmp ? (line.number('icmp-id') ?? 0) : (line.number('sport') ?? 0)
  const dport = isIcmp ? ((line.number('icmp-type') ?? 8) << 8) | (line.number('icmp-code') ?? 0) : (line.number('dport') ?? 0)
  const original = new Tuple(src, dst, proto, sport, dport)
  const reply = invert(original) ?? original.copy()
  reply.src = line.network('reply-src')?.address ?? reply.src
  reply.dst = line.network('reply-dst')?.address ?? reply.dst
  const zone = line.number('zone')
  const connection = new Connection(original, reply, zone === null ? DEFAULT_ZONE : { original: zone, reply: zone })
  connection.timeoutUs = (line.number('timeout') ?? 0) * 1_000_000
  connection.mark = line.number('mark') ?? 0
  connection.status |= line.statusBits
  if (proto === 6) connection.tcp = newManualTcp(line.state)
  if (table.byProcess(proc.pid, () => table.insert(connection))) {
    run.summary(1, 'created')
    return 0
  }
  run.tell('Operation failed: Such conntrack exists, try -U to update')
  return 1
}

function update(run: Run): number {
  const { line, table, proc } = run
  const asked = new CtCommandLine([])
  for (const [name, value] of line.values) if (name !== 'mark' && name !== 'timeout' && name !== 'status') asked.values.set(name, value)
  const found = table.list().filter((connection) => asked.matches(connection))
  for (const connection of found) {
    const [value, mask] = (line.values.get('mark') ?? '').split('/')
    if (value !== undefined && value !== '')
      connection.mark = maskedMark(connection.mark, Number(value), mask === undefined ? 0xffffffff : Number(mask))
    const timeout = line.number('timeout')
    if (timeout !== null) connection.expiresUs = proc.nowUs + timeout * 1_000_000
    connection.status |= line.statusBits & (IPS_ASSURED | IPS_SEEN_REPLY)
    table.byProcess(proc.pid, () => table.emit('UPDATE', connection))
    proc.line(entryLine(connection, proc.nowUs, line.format))
  }
  run.summary(found.length, 'updated')
  return 0
}

function maskedMark(old: number, value: number, mask: number): number {
  return ((old & ~mask) ^ value) >>> 0
}

/** Events until a signal ends it; each line leaves at once. */
async function watch(run: Run): Promise<number> {
  const { proc, line, table } = run
  let shown = 0
  const stop = table.listen((event: CtEvent, connection, portid) => {
    if (line.events !== null && !line.events.has(event)) return
    if (!line.matches(connection)) return
    shown++
    proc.line(`${stamp(run)}${eventLine(event, connection, { nowUs: proc.nowUs, portid }, line.format)}`)
  })
  proc.atExit(stop)
  await proc.wait<void>((resolve) => {
    proc.trap('INT', () => resolve())
    proc.trap('TERM', () => resolve())
  })
  stop()
  run.tell(`${shown} flow events have been shown.`)
  return 0
}

/** -o timestamp: `[1700000000.123456]` before each event. */
function stamp(run: Run): string {
  if (!run.line.format.timestamp) return ''
  const { clock } = run.proc
  return `[${Math.floor(clock / 1_000_000)}.${String(Math.floor(clock % 1_000_000)).padStart(6, '0')}]\t`
}

function statistics(run: Run): number {
  const { stats } = run.table
  run.proc.line(
    `cpu=0   \tfound=${stats.found} invalid=${stats.invalid} insert=0 insert_failed=${stats.insertFailed} drop=${stats.drop} early_drop=${stats.earlyDrop} ` +
      `error=${stats.error} search_restart=${stats.searchRestart} clash_resolve=${stats.clashResolve} chaintoolong=0 `,
  )
  return 0
}
