// ss: the sockets of the namespace, in the columns of the image's iproute2.
import { formatIpv4 } from '../../addr/ipv4.js'

import type { GetoptGrammar, ParsedOptions } from '../../grammar/getopt.js'
import { getoptMessage, parseOptions } from '../../grammar/getopt.js'
import { abortConnection } from '../../kernel/tcp.js'
import type { Command } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { nameOfAddress } from '../../node/resolver.js'
import { completeBy } from './complete.js'
import { serviceName } from './services.js'
import { connectionText, skmemText, timerText } from './ss-detail.js'
import type { SsFilter } from './ss-filter.js'
import { ALL_STATES, parseSsFilter } from './ss-filter.js'
import type { Netid, SocketRow } from './ss-rows.js'
import { rawRows, tcpRows, udpRows } from './ss-rows.js'

export const ssGrammar: GetoptGrammar = {
  options: [
    { name: 'help', short: 'h', long: 'help' },
    { name: 'version', short: 'vV', long: 'version' },
    { name: 'numeric', short: 'n', long: 'numeric' },
    { name: 'resolve', short: 'r', long: 'resolve' },
    { name: 'all', short: 'a', long: 'all' },
    { name: 'listening', short: 'l', long: 'listening' },
    { name: 'options', short: 'o', long: 'options' },
    { name: 'extended', short: 'e', long: 'extended' },
    { name: 'memory', short: 'm', long: 'memory' },
    { name: 'processes', short: 'p', long: 'processes' },
    { name: 'threads', short: 'T', long: 'threads' },
    { name: 'info', short: 'i', long: 'info' },
    { name: 'summary', short: 's', long: 'summary' },
    { name: 'tos', long: 'tos' },
    { name: 'events', short: 'E', long: 'events', notEmulated: 'run ss again, or use conntrack -E' },
    { name: 'bpf', short: 'b', long: 'bpf', notEmulated: '' },
    { name: 'net', short: 'N', long: 'net', value: 'required' },
    { name: 'kill', short: 'K', long: 'kill' },
    { name: 'ipv4', short: '4', long: 'ipv4' },
    { name: 'ipv6', short: '6', long: 'ipv6' },
    { name: 'packet', short: '0', long: 'packet' },
    { name: 'tcp', short: 't', long: 'tcp' },
    { name: 'udp', short: 'u', long: 'udp' },
    { name: 'dccp', short: 'd', long: 'dccp' },
    { name: 'raw', short: 'w', long: 'raw' },
    { name: 'unix', short: 'x', long: 'unix' },
    { name: 'sctp', short: 'S', long: 'sctp' },
    { name: 'oneline', short: 'O', long: 'oneline' },
    { name: 'no-header', short: 'H', long: 'no-header' },
    { name: 'no-queues', short: 'Q', long: 'no-queues' },
    { name: 'family', short: 'f', long: 'family', value: 'required' },
    { name: 'query', short: 'A', long: ['query', 'socket'], value: 'required' },
    { name: 'diag', short: 'D', long: 'diag', value: 'required', notEmulated: '' },
    { name: 'filter-file', short: 'F', long: 'filter', value: 'required' },
    { name: 'context', short: 'Z', long: 'context', notEmulated: 'no SELinux' },
    { name: 'contexts', short: 'z', long: 'contexts', notEmulated: 'no SELinux' },
  ],
}

const USAGE = `Usage: ss [ OPTIONS ]
       ss [ OPTIONS ] [ FILTER ]
   -h, --help   -V, --version
   -n, --numeric   numbers for services      -r, --resolve   names for hosts
   -a, --all       all sockets               -l, --listening listening sockets
   -o, --options   timers                    -e, --extended  more of each socket
   -m, --memory    buffers                   -p, --processes who holds it
   -i, --info      TCP internals             -s, --summary   counts only
   -K, --kill      end what is shown
   -4, --ipv4  -6, --ipv6  -0, --packet  -t, --tcp  -u, --udp  -d, --dccp  -w, --raw  -x, --unix  -S, --sctp
   -H, --no-header  -O, --oneline  -Q, --no-queues  -T, --threads  --tos
   -f, --family FAMILY   -A, --query QUERY   -F, --filter FILE   -N, --net NAME
   FILTER := [ state STATE ] [ EXPRESSION ]`

export const ss: Command = { name: 'ss', path: '/bin/ss', usage: USAGE, run: runSs, complete: completeBy(ssGrammar, 'none') }

async function runSs(proc: Process): Promise<number> {
  const parsed = parseOptions(ssGrammar, proc.argv.slice(1))
  if (parsed.problem !== null) {
    proc.error(getoptMessage('ss', parsed.problem))
    if (parsed.problem.kind === 'not-emulated') return 126
    proc.error(USAGE)
    return 255
  }
  if (parsed.has('help')) {
    proc.line(USAGE)
    return 0
  }
  if (parsed.has('version')) {
    proc.line(`ss utility, iproute2-${proc.machine.image.tool('iproute2')}`)
    return 0
  }
  if (parsed.has('summary')) {
    printSummary(proc)
    if (parsed.given.length === 1) return 0
  }
  const filter = parseSsFilter(proc, parsed.operands)
  if ('badState' in filter) {
    proc.error(`ss: wrong state name: ${filter.badState}`)
    return 255
  }
  if ('bad' in filter) {
    const unread = unreadOperand(filter.bad)
    if (unread !== null) {
      proc.error(`Error: ${unread}\nCannot parse dst/src address.`)
      return 1
    }
    proc.error(`ss: bison bellows (while parsing filter): "syntax error!" Sorry.`)
    proc.error(USAGE)
    return 255
  }
  await new SsPrinter(proc, parsed, filter).print()
  return 0
}

/** A port or an address that none is; null: the expression itself is wrong. */
function unreadOperand(text: string): string | null {
  const port = /^[sd]port\s+(?:(?:[=!<>]+|eq|ne?q|[gl][te])\s+)?:?([^\s:]+)$/.exec(text)
  if (port !== null) return `"${port[1]}" does not look like a port.`
  const address = /^(?:(?:src|dst)\s+)?([^\s()=!<>]+)$/.exec(text)
  return address === null ? null : `an inet prefix is expected rather than "${address[1]}".`
}

function printSummary(proc: Process): void {
  const { sockets } = proc.netns
  const connections = [...sockets.connections.values()]
  const count = (state: string): number => connections.filter((control) => control.state === state).length
  const listening = [...sockets.tcpSockets].filter((socket) => socket.isListening).length
  const timewait = count('TIME_WAIT')
  const closed = timewait + [...sockets.tcpSockets].filter((socket) => socket.state === 'CLOSED').length
  const orphaned = connections.filter((control) => control.isOrphan && control.state !== 'TIME_WAIT').length
  const tcp = listening + connections.length - timewait
  const raw = sockets.rawSockets.size
  const udp = [...sockets.udpSockets].filter((socket) => socket.localPort !== 0).length
  const total = sockets.tcpSockets.size + sockets.udpSockets.size + raw + sockets.pingSockets.size + sockets.packetSockets.size
  proc.line(`Total: ${total}`)
  proc.line(`TCP:   ${tcp + closed} (estab ${count('ESTABLISHED')}, closed ${closed}, orphaned ${orphaned}, timewait ${timewait})`)
  proc.out('\nTransport Total     IP        IPv6\n')
  const line = (name: string, number: number): void =>
    proc.line(`${name}\t  ${String(number).padEnd(9)} ${String(number).padEnd(9)} ${'0'.padEnd(9)}`)
  line('RAW', raw)
  line('UDP', udp)
  line('TCP', tcp)
  line('INET', raw + udp + tcp)
  line('FRAG', 0)
  proc.out('\n')
}

/** One printed row; the local and remote pairs are right and left aligned around their colon. */
interface Cells {
  readonly netid: string
  readonly state: string
  readonly recvQ: string
  readonly sendQ: string
  readonly local: string
  readonly localPort: string
  readonly peer: string
  readonly peerPort: string
  readonly process: string
}

class SsPrinter {
  private readonly tables: readonly Netid[]
  private readonly states: readonly string[]
  private readonly isModern: boolean

  constructor(
    private readonly proc: Process,
    private readonly options: ParsedOptions,
    private readonly filter: SsFilter,
  ) {
    this.tables = this.chosenTables()
    this.states = this.chosenStates()
    this.isModern = proc.machine.image.toolAtLeast('iproute2', '4.15')
  }

  private chosenTables(): Netid[] {
    const words = this.options.values('query').flatMap((value) => value.split(','))
    const has = (option: string, ...names: string[]): boolean => this.options.has(option) || names.some((name) => words.includes(name))
    const chosen: Netid[] = []
    if (has('raw', 'raw', 'inet')) chosen.push('raw')
    if (has('udp', 'udp', 'inet')) chosen.push('udp')
    if (has('tcp', 'tcp', 'inet')) chosen.push('tcp')
    if (has('packet', 'packet')) chosen.push('p_raw')
    const otherwise = has('unix', 'unix') || has('dccp') || has('sctp')
    return chosen.length > 0 || otherwise ? chosen : ['raw', 'udp', 'icmp', 'tcp']
  }

  private chosenStates(): readonly string[] {
    if (this.filter.states !== null) return this.filter.states
    if (this.options.has('all')) return ALL_STATES
    if (this.options.has('listening')) return ['LISTEN', 'UNCONN']
    const hasStreams = this.tables.includes('tcp') || this.options.has('unix') || this.options.value('query')?.includes('unix') === true
    return hasStreams ? ALL_STATES.filter((state) => !['LISTEN', 'UNCONN', 'SYN-RECV', 'TIME-WAIT'].includes(state)) : ['ESTAB']
  }

  async print(): Promise<void> {
    const rows = this.options.has('kill') ? this.killed() : this.rows()
    const cells: Cells[] = []
    for (const row of rows) cells.push(await this.cellsOf(row))
    if (this.isModern) this.printModern(cells)
    else this.printOld(cells)
  }

  private rows(): SocketRow[] {
    const { netns } = this.proc
    const all: SocketRow[] = []
    if (this.tables.includes('raw')) all.push(...rawRows(netns))
    if (this.tables.includes('udp')) all.push(...udpRows(netns))
    if (this.tables.includes('tcp')) all.push(...tcpRows(netns))
    const family =
      this.options.has('ipv6') || this.options.value('family') === 'inet6'
        ? 6
        : this.options.has('ipv4') || this.options.value('family') === 'inet'
          ? 4
          : null
    return all.filter((row) => this.states.includes(row.state) && (family === null || row.family === family) && this.filter.matches(row))
  }

  /** Those that could be ended, as they were before. */
  private killed(): SocketRow[] {
    const rows = this.rows().filter(({ control }) => control !== null)
    for (const { control } of rows) abortConnection(control!)
    return rows
  }

  private async cellsOf(row: SocketRow): Promise<Cells> {
    const isListening = row.state === 'LISTEN' || row.remotePort === 0
    return {
      netid: row.netid,
      state: row.state,
      recvQ: String(row.recvQ).padEnd(6),
      sendQ: String(row.sendQ).padEnd(6),
      local: (await this.addressText(row, row.local)) + (row.device === null ? '' : `%${row.device}`),
      localPort: this.portText(row, row.localPort),
      peer: await this.addressText(row, row.remote),
      peerPort: isListening ? '*' : this.portText(row, row.remotePort),
      process: this.detailText(row),
    }
  }

  private async addressText(row: SocketRow, address: number): Promise<string> {
    if (address === 0) {
      if (!this.isModern) return row.family === 6 ? '::' : '*'
      return row.family === 6 ? '*' : '0.0.0.0'
    }
    if (this.options.has('resolve')) return (await nameOfAddress(this.proc, address)) ?? formatIpv4(address)
    return formatIpv4(address)
  }

  private portText(row: SocketRow, port: number): string {
    if (port === 0) return '*'
    if (row.netid === 'raw') return this.options.has('numeric') ? String(port) : (PROTOCOL_NAMES.get(port) ?? String(port))
    if (this.options.has('numeric')) return String(port)
    return serviceName(this.proc, port, row.netid === 'udp' ? 'udp' : 'tcp') ?? String(port)
  }

  /** Everything behind the addresses, each part with its own blank or line break in front. */
  private detailText(row: SocketRow): string {
    const { options } = this
    let text = ''
    if (options.has('processes')) text += this.usersText(row)
    if (options.has('options')) text += timerText(row)
    if (options.has('extended')) text += extendedText(row)
    const lead = options.has('oneline') ? '' : '\n\t'
    if (options.has('memory')) text += `${lead} ${skmemText(row)}`
    if (options.has('info') && row.control !== null && row.state !== 'TIME-WAIT') {
      text += `${options.has('memory') ? '' : lead}${connectionText(this.proc, row.control)}`
    }
    return text
  }

  private usersText(row: SocketRow): string {
    const owner = row.socket?.owner ?? null
    if (owner === null) return ''
    const isNew = this.proc.machine.image.toolAtLeast('iproute2', '3.15')
    return isNew
      ? ` users:(("${owner.name}",pid=${owner.pid},fd=${row.socket!.fd}))`
      : ` users:(("${owner.name}",${owner.pid},${row.socket!.fd}))`
  }

  private get hasNetid(): boolean {
    return this.tables.length !== 1
  }

  private get hasState(): boolean {
    return this.states.length !== 1
  }

  private printModern(cells: readonly Cells[]): void {
    const header: Cells = {
      netid: 'Netid',
      state: 'State',
      recvQ: 'Recv-Q',
      sendQ: 'Send-Q',
      local: 'Local Address:',
      localPort: 'Port',
      peer: 'Peer Address:',
      peerPort: 'Port',
      process: 'Process',
    }
    const body = cells.map((row) => ({ ...row, local: `${row.local}:`, peer: `${row.peer}:` }))
    const lines = this.options.has('no-header') ? body : [header, ...body]
    const columns = COLUMNS.filter(({ key }) => !((key === 'netid' && !this.hasNetid) || (key === 'state' && !this.hasState)))
    const shown = this.options.has('no-queues') ? columns.filter(({ key }) => key !== 'recvQ' && key !== 'sendQ') : columns
    // The last cell of all is not yet counted when the table is laid out.
    const counted = (key: keyof Cells): readonly Cells[] => (key === 'process' ? lines.slice(0, -1) : lines)
    const widths = shown.map(({ key }) => Math.max(0, ...counted(key).map((line) => line[key].length)))
    for (const line of lines) {
      const text = shown.map(({ key, right, lead }, i) => {
        const cell = right ? line[key].padStart(widths[i]!) : line[key].padEnd(widths[i]!)
        return i === 0 ? cell : `${widths[i] === 0 ? '' : lead}${cell}`
      })
      this.proc.line(text.join(''))
    }
  }

  /** Before 4.15: widths from the terminal's, fixed for all rows. */
  private printOld(cells: readonly Cells[]): void {
    const numeric = this.options.has('numeric')
    let netid = this.hasNetid ? 5 : 0
    let state = this.hasState ? 10 : 0
    const screen = this.proc.stdout.isTty ? this.proc.columns : 80
    let pair = screen - netid - state - 14
    if (pair % 2 !== 0) {
      if (netid > 0) netid++
      else if (state > 0) state++
    }
    const port = numeric ? 5 : 7
    pair = Math.max(Math.floor(pair / 2) - 1, 15 + port + 1)
    const address = pair - port - 1
    const head = (id: string, word: string): string =>
      (netid > 0 ? `${id.padEnd(netid)} ` : '') + (state > 0 ? `${word.padEnd(state)} ` : '')
    if (!this.options.has('no-header')) {
      this.proc.line(
        `${head('Netid', 'State')}Recv-Q Send-Q ${'Local Address'.padStart(address)}:${'Port'.padEnd(port)} ${'Peer Address'.padStart(address)}:${'Port'.padEnd(port)} `,
      )
    }
    for (const row of cells) {
      this.proc.line(
        `${head(row.netid, row.state)}${row.recvQ} ${row.sendQ} ${row.local.padStart(address)}:${row.localPort.padEnd(port)} ${row.peer.padStart(address)}:${row.peerPort.padEnd(port)} ${row.process}`,
      )
    }
  }
}

const COLUMNS: readonly { readonly key: keyof Cells; readonly right: boolean; readonly lead: string }[] = [
  { key: 'netid', right: false, lead: '' },
  { key: 'state', right: false, lead: ' ' },
  { key: 'recvQ', right: false, lead: ' ' },
  { key: 'sendQ', right: false, lead: ' ' },
  { key: 'local', right: true, lead: ' ' },
  { key: 'localPort', right: false, lead: '' },
  { key: 'peer', right: true, lead: ' ' },
  { key: 'peerPort', right: false, lead: '' },
  { key: 'process', right: false, lead: '' },
]

const PROTOCOL_NAMES = new Map([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [47, 'gre'],
])

function extendedText(row: SocketRow): string {
  const owner = row.socket?.owner ?? null
  const uid = owner === null || owner.uid === 0 ? '' : ` uid:${owner.uid}`
  const inode = row.socket?.inode ?? 0
  return `${uid} ino:${inode} sk:${(inode & 0xffff).toString(16)} <->`
}
