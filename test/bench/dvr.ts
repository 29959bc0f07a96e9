// DVR: a server goes out by its floating IP, `ping -f`, beside the kernel's own; and what ten thousand others around it cost it.
import type { Lab } from '../../src/lab/lab.js'
import { bootLab, pingFlood } from './cloud.js'
import { openRealDvr } from './real-dvr.js'
import { RealFlood } from './real-flood.js'
import { median, row } from './report.js'

const FROM = { node: 'master-2', to: '100.121.0.75' }
const ROUTER = 'qrouter-b6a86b9f-6cf4-4ec3-a57a-00ce3e49142d'
const FIP = 'fip-e7cb8424-51e4-429a-8020-76e651877db3'
const COUNT = 15_000
const ROUNDS = 5

type Watch = 'nothing' | 'tcpdump' | 'trace'

/** Round trips a second with nothing watching, a capture, every event kept; and of real namespaces. All take turns. */
export async function dvrPath(): Promise<void> {
  const real = openRealDvr()
  const rates: Record<Watch | 'real', number[]> = { nothing: [], tcpdump: [], trace: [], real: [] }
  const lab = await bootLab('dvr-fip')
  await pingFlood(lab, FROM, COUNT, 2)
  const traced = await bootLab('dvr-fip')
  traced.packets.start()
  await pingFlood(traced, FROM, COUNT / 2, 1)
  try {
    for (let round = 0; round < ROUNDS; round++) {
      rates.nothing.push(await once(lab))
      rates.tcpdump.push(await captured(lab))
      rates.trace.push(await once(traced))
      if (real instanceof RealFlood) {
        const rate = real.round(COUNT)
        if (typeof rate === 'number') rates.real.push(rate)
      }
    }
  } finally {
    if (real instanceof RealFlood) real.close()
  }
  lab.close()
  traced.close()
  tell(rates, typeof real === 'string' ? real : 'its pings were lost')
}

async function once(lab: Lab): Promise<number> {
  const start = process.hrtime.bigint()
  const { stdout } = await lab.run(FROM.node, `ping -f -q -c ${COUNT} ${FROM.to}`)
  if (!/ 0% packet loss/.test(stdout)) throw new Error(`the benchmark's ping lost packets: ${stdout}`)
  return COUNT / (Number(process.hrtime.bigint() - start) / 1e9)
}

/** A capture in the router, into a file, while the pings go. */
async function captured(lab: Lab): Promise<number> {
  const tcpdump = `ip netns exec ${ROUTER} tcpdump -ni rfp-b6a86b9f-6 -w /tmp/bench.pcap 2> /dev/null & sleep 1`
  await lab.run('compute03', tcpdump)
  const rate = await once(lab)
  const { stdout } = await lab.run('compute03', 'pkill tcpdump; sleep 1; stat -c %s /tmp/bench.pcap; rm /tmp/bench.pcap')
  if (Number(stdout) < COUNT * 2 * 100) throw new Error(`the benchmark's capture is too small: ${stdout}`)
  return rate
}

function tell(rates: Record<Watch | 'real', readonly number[]>, why: string): void {
  const real = rates.real.length === 0 ? null : median(rates.real)
  const labels: Record<Watch, string> = { nothing: 'nothing watching', tcpdump: 'one tcpdump', trace: 'every event kept' }
  const targets: Record<Watch, string> = { nothing: 'target: at least 1, aim 3', tcpdump: '', trace: 'target: at least 0.5' }
  for (const watch of ['nothing', 'tcpdump', 'trace'] as const) {
    const ours = median(rates[watch])
    row(`netlab, ${labels[watch]}`, `${Math.round(ours).toLocaleString('en-US')}/s`, `${(1e6 / ours).toFixed(1)} us`)
    if (real !== null) row('  / real', (ours / real).toFixed(2), targets[watch])
  }
  if (real === null) return row('real namespaces, nothing watching', 'not measured', why)
  row('real namespaces, nothing watching', `${Math.round(real).toLocaleString('en-US')}/s`, `${(1e6 / real).toFixed(1)} us`)
}

/** What stands around the path: number `i` of many, as the L3 agent writes it. */
interface Axis {
  readonly label: string
  readonly nat?: (i: number) => readonly string[]
  readonly rule?: (i: number) => string
  readonly route?: (i: number) => string
}

/** From 10.0.0.0 and 101.0.0.0 on: nobody's. */
const inner = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
const outer = (i: number): string => `101.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
const natOf = (i: number): string[] => [
  `-A neutron-l3-agent-PREROUTING -d ${outer(i)}/32 -i rfp-b6a86b9f-6 -j DNAT --to-destination ${inner(i)}`,
  `-A neutron-l3-agent-float-snat -s ${inner(i)}/32 -j SNAT --to-source ${outer(i)} --random-fully`,
]
const ruleOf = (i: number): string => `rule add from ${inner(i)} lookup 16 pref ${33_000 + i}`
const routeOf = (i: number): string => `route add ${outer(i)}/32 via 169.254.74.216 dev fpr-b6a86b9f-6 proto static`

const AXES: readonly Axis[] = [
  { label: 'floating IPs', nat: natOf, rule: ruleOf, route: routeOf },
  { label: 'policy rules', rule: ruleOf },
  { label: 'routes', route: routeOf },
]
const SIZES = [1, 100, 1000, 10_000]
const SLOPE_COUNT = 3000
const SLOPE_ROUNDS = 5

/** Times of a round trip with many of a kind around it, as multiples of the time with one. Labs of all sizes take turns. */
export async function dvrSlopes(): Promise<void> {
  for (const axis of AXES) {
    const labs = await Promise.all(SIZES.map(() => bootLab('dvr-fip')))
    for (const [at, lab] of labs.entries()) await surround(lab, axis, SIZES[at]!)
    const times = labs.map(() => [] as number[])
    for (let round = 0; round <= SLOPE_ROUNDS; round++) {
      for (const [at, lab] of labs.entries()) {
        const us = await cpuUs(lab)
        if (round > 0) times[at]!.push(us)
      }
    }
    for (const lab of labs) lab.close()
    const [one, ...others] = times.map(median) as [number, ...number[]]
    const ratios = others.map((us) => (us / one).toFixed(2)).join(', ')
    row(`${axis.label}: 100, 1,000 and 10,000 beside 1`, ratios, `${one.toFixed(1)} us with 1; target: at most 1.3`)
  }
}

async function surround(lab: Lab, axis: Axis, size: number): Promise<void> {
  const lines = (of: (i: number) => readonly string[]): string => Array.from({ length: size }, (_, i) => of(i).join('\n')).join('\n')
  const { nat, rule, route } = axis
  if (nat !== undefined) {
    put(lab, '/tmp/nat', `*nat\n${lines(nat)}\nCOMMIT\n`)
    await done(lab, `ip netns exec ${ROUTER} iptables-restore --noflush < /tmp/nat`)
  }
  if (rule !== undefined) {
    put(lab, '/tmp/rules', `${lines((i) => [rule(i)])}\n`)
    await done(lab, `ip -n ${ROUTER} -batch /tmp/rules`)
  }
  if (route !== undefined) {
    put(lab, '/tmp/routes', `${lines((i) => [route(i)])}\n`)
    await done(lab, `ip -n ${FIP} -batch /tmp/routes`)
  }
}

function put(lab: Lab, path: string, text: string): void {
  lab.putFile('compute03', path, Buffer.from(text).toString('base64'))
}

async function done(lab: Lab, line: string): Promise<void> {
  const { stdout } = await lab.run('compute03', `${line} 2>&1 || echo failed`)
  if (stdout !== '') throw new Error(`the benchmark could not be set up: ${stdout.slice(0, 200)}`)
}

/** Processor time of a round trip: labs that wait for their turn share the wall's. */
async function cpuUs(lab: Lab): Promise<number> {
  const start = process.cpuUsage()
  const { stdout } = await lab.run(FROM.node, `ping -f -q -c ${SLOPE_COUNT} ${FROM.to}`)
  if (!/ 0% packet loss/.test(stdout)) throw new Error(`the benchmark's ping lost packets: ${stdout}`)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / SLOPE_COUNT
}
