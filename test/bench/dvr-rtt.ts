// 1: a server goes out by its floating IP, `ping -f`, beside the kernel's own and beside the least that sixteen calls cost.
import type { Lab } from '../../src/lab/lab.js'
import { bootLab, pingFlood } from './cloud.js'
import { done, Echo, FROM, HOST, ROUTER } from './dvr-lab.js'
import { floorOf } from './floor.js'
import { openRealDvr } from './real-dvr.js'
import { RealFlood } from './real-flood.js'
import { type Benchmark, cpuMicroseconds, type Figure, inTurns, median, microseconds, ratios, row, spread } from './report.js'

const COUNT = 20_000
/** Together 200,000 pings of each kind. */
const ROUNDS = 10
const FLOWS = 1000
const FLOOR_COUNT = 200_000

export const dvrRtt: Benchmark = { name: 'dvr-rtt', run }

async function run(): Promise<Figure[]> {
  const real = openRealDvr()
  const lab = await bootLab('dvr-fip')
  const traced = await bootLab('dvr-fip')
  const floor = floorOf()
  const echoes = Array.from({ length: FLOWS }, () => new Echo(lab))
  await checkAnswer(lab)
  traced.packets.start()
  try {
    const us = await inTurns(
      ROUNDS,
      {
        quiet: () => flood(lab),
        captured: () => captured(lab),
        traced: () => flood(traced),
        one: () => sockets(echoes.slice(0, 1)),
        flows: () => sockets(echoes),
        real: () => (real instanceof RealFlood ? 1e6 / real.mustRound(COUNT) : Number.NaN),
        floor: async () => (await cpuMicroseconds(() => floor(FLOOR_COUNT))) / FLOOR_COUNT,
      },
      2,
    )
    return figures(us, typeof real === 'string' ? real : null)
  } finally {
    if (real instanceof RealFlood) real.close()
  }
}

/** TTL 61: three routers on the way back. */
async function checkAnswer(lab: Lab): Promise<void> {
  const { stdout } = await lab.run(FROM.node, `ping -c 1 ${FROM.to}`)
  if (!/ ttl=61 /.test(stdout)) throw new Error(`not the way of the floating IP: ${stdout}`)
}

async function flood(lab: Lab): Promise<number> {
  return 1e6 / (await pingFlood(lab, FROM, COUNT))
}

/** A capture in the router, into a file, while the pings go. */
async function captured(lab: Lab): Promise<number> {
  await done(lab, `ip netns exec ${ROUTER} tcpdump -ni rfp-b6a86b9f-6 -w /tmp/bench.pcap 2> /dev/null & sleep 1`)
  const us = await flood(lab)
  const { stdout } = await lab.run(HOST, 'pkill tcpdump; sleep 1; stat -c %s /tmp/bench.pcap; rm /tmp/bench.pcap')
  if (Number(stdout) < COUNT * 2 * 100) throw new Error(`the benchmark's capture is too small: ${stdout}`)
  return us
}

/** Each its own flow, in turn, by sockets of the kernel alone: no program around them. */
function sockets(echoes: readonly Echo[]): Promise<number> {
  const each = COUNT / echoes.length
  return microseconds(() => {
    for (let i = 0; i < each; i++) for (const echo of echoes) echo.send()
  }).then((us) => us / COUNT)
}

type Times = Record<'quiet' | 'captured' | 'traced' | 'one' | 'flows' | 'real' | 'floor', number[]>

function figures(us: Times, absent: string | null): Figure[] {
  const kernel = absent === null ? `kernel ${spread(us.real)} us` : `kernel not measured: ${absent}`
  for (const [name, values] of Object.entries(us)) row(`  ${name}`, `${spread(values, 3)} us`, `${Math.round(1e6 / median(values))}/s`)
  const against = (what: string, ours: readonly number[], atLeast: number, why = 'as above'): Figure => {
    const times = ratios(us.real, ours)
    return {
      what: `${what}: times as fast as the kernel`,
      beside: kernel,
      target: `>= ${atLeast}`,
      measured: absent === null ? spread(times) : `${spread(ours)} us`,
      met: absent === null ? median(times) >= atLeast : null,
      why,
    }
  }
  const toFloor = ratios(us.quiet, us.floor)
  const toOne = ratios(us.flows, us.one)
  return [
    against(`ping -f x ${COUNT}, nothing watching, ${spread(us.quiet)} us`, us.quiet, 5, WHY),
    against(`every event kept, ${spread(us.traced)} us`, us.traced, 3),
    {
      ...against(`one tcpdump in the router, ${spread(us.captured)} us`, us.captured, 0),
      target: '',
      met: null,
    },
    {
      what: 'the same over the floor of sixteen virtual calls',
      beside: `floor ${spread(us.floor, 3)} us`,
      target: '<= 30',
      measured: spread(toFloor, 1),
      met: median(toFloor) <= 30,
      why: 'as above',
    },
    {
      what: `${FLOWS} flows in turn over one flow`,
      beside: `one flow by a bare socket ${spread(us.one)} us`,
      target: '<= 2',
      measured: spread(toOne),
      met: median(toOne) <= 2,
    },
  ]
}

const WHY =
  'the target is the prototype without rp_filter, ARP states, fragments, bridge netfilter, sockets, processes and headers that never change; ' +
  'performance.md gives 1-2 us for all that, which is 3.3 to 6.6 times the kernel'
