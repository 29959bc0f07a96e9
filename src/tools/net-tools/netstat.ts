// `netstat`: sockets, the main table, interfaces, groups and counters.
import { parseIpv4 } from '../../addr/ipv4.js'
import { type GetoptGrammar, getoptMessage, type ParsedOptions, parseOptions } from '../../grammar/getopt.js'
import type { Command } from '../../node/command.js'
import { atLeast } from '../../node/image.js'
import type { Process } from '../../node/process.js'
import { inet6Groups, inetGroups } from '../ip/maddr.js'
import { interfaceText, oldInterfaceText, tableText } from './ifconfig-text.js'
import { readInterfaces } from './interface-rows.js'
import { hostNames } from './names.js'
import { showRoutes } from './route.js'
import { readRaw, readTcp, readUdp, type SocketRow, type SocketTextOptions, socketHead, socketLine } from './socket-rows.js'

export const NETSTAT_USAGE = `usage: netstat [-vWeenNcCF] [<Af>] -r         netstat {-V|--version|-h|--help}
       netstat [-vWnNcaeol] [<Socket> ...]
       netstat { [-vWeenNac] -i | -s [-6tuw] }

        -r, --route              display routing table
        -i, --interfaces         display interface table
        -g, --groups             display multicast group memberships
        -s, --statistics         display networking statistics (like SNMP)
        -M, --masquerade         display masqueraded connections

        -v, --verbose            be verbose
        -W, --wide               don't truncate IP addresses
        -n, --numeric            don't resolve names
        --numeric-hosts          don't resolve host names
        --numeric-ports          don't resolve port names
        --numeric-users          don't resolve user names
        -N, --symbolic           resolve hardware names
        -e, --extend             display other/more information
        -p, --programs           display PID/Program name for sockets
        -o, --timers             display timers
        -c, --continuous         continuous listing

        -l, --listening          display listening server sockets
        -a, --all                display all sockets (default: connected)
        -F, --fib                display Forwarding Information Base (default)
        -C, --cache              display routing cache instead of FIB
        -V, --version            display version and exit
        -h, --help               show this text

  <Socket>={-t|--tcp} {-u|--udp} {-U|--udplite} {-S|--sctp} {-w|--raw}
           {-x|--unix} --ax25 --ipx --netrom
  <AF>=Use '-6|-4' or '-A <af>' or '--<af>'; default: inet
  --protocol --inet --inet6`

export const netstatGrammar: GetoptGrammar = {
  options: [
    { name: 'route', short: 'r', long: 'route' },
    { name: 'interfaces', short: 'i', long: 'interfaces' },
    { name: 'groups', short: 'g', long: 'groups' },
    { name: 'statistics', short: 's', long: 'statistics' },
    { name: 'masquerade', short: 'M', long: 'masquerade', notEmulated: 'use conntrack -L' },
    { name: 'verbose', short: 'v', long: 'verbose' },
    { name: 'wide', short: 'W', long: 'wide' },
    { name: 'numeric', short: 'n', long: 'numeric' },
    { name: 'numeric-hosts', long: 'numeric-hosts' },
    { name: 'numeric-ports', long: 'numeric-ports' },
    { name: 'numeric-users', long: 'numeric-users' },
    { name: 'symbolic', short: 'N', long: 'symbolic' },
    { name: 'extend', short: 'e', long: 'extend' },
    { name: 'programs', short: 'p', long: 'programs' },
    { name: 'timers', short: 'o', long: 'timers' },
    { name: 'continuous', short: 'c', long: 'continuous' },
    { name: 'listening', short: 'l', long: 'listening' },
    { name: 'all', short: 'a', long: 'all' },
    { name: 'fib', short: 'F', long: 'fib' },
    { name: 'cache', short: 'C', long: 'cache' },
    { name: 'tcp', short: 't', long: 'tcp' },
    { name: 'udp', short: 'u', long: 'udp' },
    { name: 'udplite', short: 'U', long: 'udplite' },
    { name: 'sctp', short: 'S', long: 'sctp' },
    { name: 'raw', short: 'w', long: 'raw' },
    { name: 'unix', short: 'x', long: 'unix' },
    { name: 'inet', short: '4', long: 'inet' },
    { name: 'inet6', short: '6', long: 'inet6' },
    { name: 'family', short: 'A', long: 'protocol', value: 'required' },
    { name: 'version', short: 'V', long: 'version' },
    { name: 'help', short: 'h', long: 'help' },
  ],
}

export async function runNetstat(proc: Process): Promise<number> {
  const parsed = parseOptions(netstatGrammar, proc.argv.slice(1))
  const version = proc.machine.image.tool('net-tools')
  if (parsed.problem !== null) {
    proc.error(getoptMessage('netstat', parsed.problem))
    if (parsed.problem.kind === 'not-emulated') return 126
    proc.error(NETSTAT_USAGE)
    return 3
  }
  if (parsed.has('help')) {
    proc.error(NETSTAT_USAGE)
    return 0
  }
  if (parsed.has('version')) {
    proc.line(`net-tools ${version}`)
    return 0
  }
  for (;;) {
    const code = await show(proc, parsed)
    if (!parsed.has('continuous') || code !== 0) return code
    await proc.drain()
    await proc.sleep(1_000_000)
  }
}

function show(proc: Process, parsed: ParsedOptions): Promise<number> | number {
  const numeric = parsed.has('numeric') || parsed.has('numeric-hosts')
  const extend = parsed.count('extend')
  if (parsed.has('route')) return showRoutes(proc, numeric, extend === 0 ? 'extended' : extend === 1 ? 'plain' : 'full')
  if (parsed.has('interfaces')) return showInterfaces(proc, parsed)
  if (parsed.has('groups')) return showGroups(proc)
  if (parsed.has('statistics')) {
    proc.error('netstat: -s: not emulated by netlab (the kernel here keeps no SNMP counters; use ip -s link and conntrack -S)')
    return 126
  }
  return showSockets(proc, parsed)
}

function showInterfaces(proc: Process, parsed: ParsedOptions): number {
  const isNew = atLeast(proc.machine.image.tool('net-tools'), '2.10')
  const rows = readInterfaces(proc.netns).filter((row) => parsed.has('all') || (row.flags & 1) !== 0)
  const text = parsed.has('extend')
    ? rows.map((row) => (isNew ? interfaceText(row) : oldInterfaceText(row))).join('')
    : tableText(rows, { isNew, head: 'netstat' })
  proc.out(`Kernel Interface table\n${text}`)
  return 0
}

function showGroups(proc: Process): number {
  const line = (dev: string, group: string): string => `${dev.padEnd(15)} ${'1'.padEnd(6)} ${group}\n`
  const { devices } = proc.netns
  const { kernel } = proc.machine.image
  const inet = devices.flatMap((dev) => inetGroups(dev, kernel).map((group) => line(dev.name, group)))
  const inet6 = devices.flatMap((dev) => inet6Groups(dev, kernel).map((group) => line(dev.name, group)))
  proc.out(
    `IPv6/IPv4 Group Memberships\nInterface       RefCnt Group\n--------------- ------ ---------------------\n${[...inet, ...inet6].join('')}`,
  )
  return 0
}

const SERVICES: ReadonlyMap<number, string> = new Map([
  [21, 'ftp'],
  [22, 'ssh'],
  [23, 'telnet'],
  [25, 'smtp'],
  [53, 'domain'],
  [67, 'bootps'],
  [68, 'bootpc'],
  [69, 'tftp'],
  [80, 'http'],
  [110, 'pop3'],
  [123, 'ntp'],
  [443, 'https'],
  [3306, 'mysql'],
  [5672, 'amqp'],
  [8080, 'http-alt'],
])

async function textOptions(proc: Process, parsed: ParsedOptions, rows: readonly SocketRow[]): Promise<SocketTextOptions> {
  const numeric = parsed.has('numeric')
  const isHostNumeric = numeric || parsed.has('numeric-hosts')
  const addresses = rows.flatMap((row) => [parseIpv4(row.local.address) ?? 0, parseIpv4(row.remote.address) ?? 0])
  const hosts = isHostNumeric ? null : await hostNames(proc, addresses)
  return {
    extended: parsed.has('extend'),
    programs: parsed.has('programs'),
    timers: parsed.has('timers'),
    wide: parsed.has('wide'),
    service: numeric || parsed.has('numeric-ports') ? null : (port) => SERVICES.get(port) ?? null,
    host: hosts === null ? null : (address) => hosts.get(parseIpv4(address) ?? 0) ?? null,
    user: numeric || parsed.has('numeric-users') ? null : (uid) => proc.machine.users.byUid(uid)?.name ?? String(uid),
  }
}

function heading(parsed: ParsedOptions): string {
  if (parsed.has('listening')) return '(only servers)'
  return parsed.has('all') ? '(servers and established)' : '(w/o servers)'
}

async function showSockets(proc: Process, parsed: ParsedOptions): Promise<number> {
  const kinds = ['tcp', 'udp', 'raw'].filter((kind) => parsed.has(kind))
  const isUnixOnly = parsed.has('unix') && kinds.length === 0
  const isAnything = kinds.length === 0 && !isUnixOnly && !parsed.has('udplite') && !parsed.has('sctp')
  const wants = (kind: string): boolean => isAnything || kinds.includes(kind)
  const { netns } = proc
  const all = [...(wants('tcp') ? readTcp(netns) : []), ...(wants('udp') ? readUdp(netns) : []), ...(wants('raw') ? readRaw(netns) : [])]
  const rows = all.filter((row) => parsed.has('all') || row.isListening === parsed.has('listening'))
  const options = await textOptions(proc, parsed, rows)
  if (parsed.has('programs') && !proc.isRoot) {
    proc.error(
      '(Not all processes could be identified, non-owned process info\n will not be shown, you would have to be root to see it all.)',
    )
  }
  if (!isUnixOnly) {
    const shown = proc.isRoot ? rows : rows.map((row) => (row.owner?.uid === proc.uid ? row : { ...row, owner: null }))
    proc.out(
      `Active Internet connections ${heading(parsed)}\n${socketHead(options)}${shown.map((row) => socketLine(row, options)).join('')}`,
    )
  }
  if (isAnything || parsed.has('unix')) {
    const path = parsed.has('programs') ? 'PID/Program name     Path' : 'Path'
    proc.out(`Active UNIX domain sockets ${heading(parsed)}\nProto RefCnt Flags       Type       State         I-Node   ${path}\n`)
  }
  return 0
}

export const netstatCommand: Command = {
  name: 'netstat',
  path: '/bin/netstat',
  run: runNetstat,
  complete: (context) =>
    ['-r', '-n', '-i', '-t', '-u', '-l', '-p', '-a', '-g', '-e', '-rn', '-tlnp', '-an'].filter((word) => word.startsWith(context.current)),
  usage: NETSTAT_USAGE,
}
