// busybox's traceroute: one UDP probe after the other, each answered or given up before the next.
import { formatIpv4 } from '../../addr/ipv4.js'
import type { GetoptGrammar, ParsedOptions } from '../../grammar/getopt.js'
import { getoptMessage, parseOptions } from '../../grammar/getopt.js'
import { errnoText } from '../../kernel/errno.js'
import { openUdp, poll } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import { nameOfAddress, parseLooseIpv4, resolveHost } from '../../node/resolver.js'
import { busyboxUsage } from './busybox-usage.js'
import { ms3 } from './number.js'
import type { Probe } from './probes.js'
import { newProbe, UdpProbes } from './probes.js'

const grammar: GetoptGrammar = {
  options: [
    { name: 'ipv4', short: '4' },
    { name: 'ipv6', short: '6', notEmulated: 'use IPv4' },
    { name: 'dont-fragment', short: 'F' },
    { name: 'ttl', short: 'l' },
    { name: 'numeric', short: 'n' },
    { name: 'bypass', short: 'r', notEmulated: 'use -i' },
    { name: 'verbose', short: 'v' },
    { name: 'icmp', short: 'I', notEmulated: 'busybox traceroute is built without it' },
    { name: 'first', short: 'f', value: 'required' },
    { name: 'max', short: 'm', value: 'required' },
    { name: 'queries', short: 'q', value: 'required' },
    { name: 'port', short: 'p', value: 'required' },
    { name: 'tos', short: 't', value: 'required' },
    { name: 'wait', short: 'w', value: 'required' },
    { name: 'source', short: 's', value: 'required' },
    { name: 'interface', short: 'i', value: 'required', completes: 'device' },
    { name: 'pause', short: 'z', value: 'required' },
  ],
}

export async function runBusyboxTraceroute(proc: Process): Promise<number> {
  const parsed = parseOptions(grammar, proc.argv.slice(1))
  if (parsed.problem !== null || parsed.operands.length === 0) {
    if (parsed.problem !== null) proc.error(getoptMessage('traceroute', parsed.problem))
    if (parsed.problem?.kind === 'not-emulated') return 126
    proc.error(
      busyboxUsage(
        proc,
        'traceroute',
        '[-46Flnrv] [-f 1ST_TTL] [-m MAXTTL] [-q PROBES] [-p PORT] [-t TOS] [-w WAIT_SEC] [-s SRC_IP] [-i IFACE] HOST [BYTES]',
      ),
    )
    return 1
  }
  const host = parsed.operands[0]!
  const resolved = await resolveHost(proc, host)
  if (typeof resolved === 'string') {
    proc.error(`traceroute: bad address '${host}'`)
    return 1
  }
  return trace(proc, parsed, resolved.address)
}

async function trace(proc: Process, parsed: ParsedOptions, target: number): Promise<number> {
  const length = Number(parsed.operands[1] ?? 38)
  const maxHops = parsed.number('max', 30)
  const device = parsed.value('interface')
  const probes = new UdpProbes(
    proc,
    {
      target,
      source: parseLooseIpv4(parsed.value('source') ?? '') ?? 0,
      ifindex: device === null ? 0 : (proc.netns.deviceByName(device)?.ifindex ?? 0),
      tos: parsed.number('tos', 0),
      fwmark: 0,
      port: parsed.number('port', 33_434) + 1,
      sourcePort: 0,
      dataLength: Math.max(length - 20, 0),
      dontFragment: parsed.has('dont-fragment'),
    },
    false,
  )
  const check = openUdp(proc)
  const refused = check.connect(target, 33_434)
  check.close()
  if (refused !== null) {
    proc.error(`traceroute: can't connect to remote host (${formatIpv4(target)}): ${errnoText(refused)}`)
    return 1
  }
  proc.line(`traceroute to ${parsed.operands[0]} (${formatIpv4(target)}), ${maxHops} hops max, ${length + 8} byte packets`)
  for (let ttl = parsed.number('first', 1); ttl <= maxHops; ttl++) {
    proc.out(`${String(ttl).padStart(2)} `)
    const ended = await hop(proc, parsed, probes, ttl)
    proc.out('\n')
    if (typeof ended === 'string') {
      proc.error(`traceroute: sendto: ${ended}`)
      return 1
    }
    if (ended) return 0
  }
  return 0
}

/** True when the path ends here; a text when nothing could be sent. */
async function hop(proc: Process, parsed: ParsedOptions, probes: UdpProbes, ttl: number): Promise<boolean | string> {
  const waitUs = parsed.number('wait', 3) * 1_000_000
  let last: number | null = null
  let isFinal = false
  for (let i = 0; i < parsed.number('queries', 3); i++) {
    const probe = newProbe()
    probe.sentUs = proc.nowUs
    await proc.compute(proc.random.between(3, 18))
    const errno = probes.send(probe, ttl)
    if (errno !== null) return errnoText(errno)
    await poll(proc, probes.sockets, () => probes.sockets.some((socket) => socket.errorQueue.length > 0), waitUs)
    probes.collect()
    last = await print(proc, parsed, probe, last)
    probes.forget(probe)
    isFinal ||= probe.isFinal
  }
  return isFinal
}

async function print(proc: Process, parsed: ParsedOptions, probe: Probe, last: number | null): Promise<number | null> {
  if (probe.from === null) {
    proc.out('  *')
    return last
  }
  const text = formatIpv4(probe.from)
  if (probe.from !== last) {
    if (parsed.has('numeric')) proc.out(` ${text}`)
    else proc.out(` ${(await nameOfAddress(proc, probe.from)) ?? text} (${text})`)
  }
  proc.out(`  ${ms3(probe.receivedUs - probe.sentUs)} ms${probe.mark === '' ? '' : ` ${probe.mark}`}`)
  return probe.from
}
