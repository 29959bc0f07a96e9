// Probes of checks that only send a packet: `ping -c 1 10.0.0.2` needs no process, so a copy of the packet world answers it at once.
import { parseIpv4 } from '../addr/ipv4.js'
import { openProbe } from '../explain/probe-socket.js'
import type { Lab } from '../lab/lab.js'
import type { RunResult } from '../lab/result.js'

interface Ping {
  /** null: the node's own namespace. */
  readonly netns: string | null
  readonly to: number
  readonly source?: number
  readonly size?: number
  readonly df?: boolean
  readonly count: number
  readonly waitUs: number
}

/** ping's patience with an answer that nobody has promised. */
const LINGER_US = 10_000_000

/** null: the line is no such ping, or what it would say needs the program itself. */
export function packetProbe(lab: Lab, node: string, line: string): RunResult | null {
  const ping = parsePing(line)
  const machine = lab.node(node)?.machine
  if (ping === null || machine === undefined || machine.image.family === 'cirros' || !machine.commands.has('ping')) return null
  const netns = ping.netns === null ? machine.kernel.initNetns : machine.netnsNames.get(ping.netns)
  if (netns === undefined) return null
  const copy = lab.copyWorld()
  const { scheduler } = copy.sim
  const probe = openProbe(copy.mirror(netns), { ...ping, from: { node, netns: ping.netns ?? '' }, proto: 'icmp' })
  if (probe.send() !== null) return null
  const end = scheduler.nowUs + ping.waitUs
  while (probe.verdict() === null && (scheduler.nextAtUs() ?? Number.POSITIVE_INFINITY) <= end) scheduler.step()
  if (probe.verdict() === 'answered') return { stdout: 'answered', stderr: '', exitCode: 0 }
  // A second request may fare better than the first.
  return ping.count > 1 ? null : { stdout: probe.verdict() === 'refused' ? 'refused' : 'no answer', stderr: '', exitCode: 1 }
}

function parsePing(line: string): Ping | null {
  let words = line.trim().split(/\s+/)
  let netns: string | null = null
  if (words[0] === 'ip' && words[1] === 'netns' && words[2] === 'exec' && words[3] !== undefined) {
    netns = words[3]
    words = words.slice(4)
  }
  if (words[0] !== 'ping') return null
  const options = new Map<string, string>()
  let at = 1
  for (; words[at]?.startsWith('-'); at += 2) options.set(words[at]!, words[at + 1] ?? '')
  const to = at === words.length - 1 ? parseIpv4(words[at]!) : null
  return to === null ? null : pingOf(netns, to, options)
}

function pingOf(netns: string | null, to: number, options: ReadonlyMap<string, string>): Ping | null {
  const known = new Set(['-c', '-W', '-M', '-s', '-I'])
  for (const name of options.keys()) if (!known.has(name)) return null
  const count = wholeNumber(options.get('-c'))
  const wait = options.has('-W') ? wholeNumber(options.get('-W')) : LINGER_US / 1e6
  const size = options.has('-s') ? wholeNumber(options.get('-s')) : 56
  const source = options.has('-I') ? parseIpv4(options.get('-I')!) : undefined
  const discover = options.get('-M')
  if (count === null || wait === null || size === null || source === null || (discover !== undefined && discover !== 'do')) return null
  const rest = { ...(source === undefined ? {} : { source }), ...(discover === undefined ? {} : { df: true }) }
  return { netns, to, size, count, waitUs: wait * 1e6, ...rest }
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d{0,4}$/.test(text) ? Number(text) : null
}
