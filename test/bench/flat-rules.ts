// 2: ten thousand of a kind around the way of a floating IP: what a round trip costs beside one with a single one.
import type { Lab } from '../../src/lab/lab.js'
import { bootLab, pingFlood } from './cloud.js'
import { done, FIP, FROM, putText, ROUTER } from './dvr-lab.js'
import { openRealDvr, REAL_ROUTER } from './real-dvr.js'
import { RealFlood } from './real-flood.js'
import { type Benchmark, cpuMicroseconds, type Figure, median, ratios, row, spread } from './report.js'

export const flatRules: Benchmark = { name: 'flat-rules', run }

/** What stands around the path: number `i` of many, on no packet's way. */
interface Axis {
  readonly label: string
  surround(lab: Lab, size: number): Promise<void>
}

/** From 10.0.0.0 and 101.0.0.0 on: nobody's. */
const inner = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
const outer = (i: number): string => `101.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
const lines = (size: number, of: (i: number) => string): string => Array.from({ length: size }, (_, i) => of(i)).join('\n')

const policyRules = (size: number): string => `${lines(size, (i) => `rule add from ${inner(i)} lookup 16 pref ${33_000 + i}`)}\n`
const forwardRules = (size: number): string => `*filter\n${lines(size, (i) => `-A FORWARD -s ${inner(i)}/32 -j DROP`)}\nCOMMIT\n`

async function rules(lab: Lab, size: number): Promise<void> {
  putText(lab, '/tmp/rules', policyRules(size))
  await done(lab, `ip -n ${ROUTER} -batch /tmp/rules`)
}

async function nat(lab: Lab, size: number): Promise<void> {
  const dnat = (i: number): string =>
    `-A neutron-l3-agent-PREROUTING -d ${outer(i)}/32 -i rfp-b6a86b9f-6 -j DNAT --to-destination ${inner(i)}`
  const snat = (i: number): string => `-A neutron-l3-agent-float-snat -s ${inner(i)}/32 -j SNAT --to-source ${outer(i)} --random-fully`
  putText(lab, '/tmp/nat', `*nat\n${lines(size, dnat)}\n${lines(size, snat)}\nCOMMIT\n`)
  await done(lab, `ip netns exec ${ROUTER} iptables-restore --noflush < /tmp/nat`)
}

async function routes(lab: Lab, size: number): Promise<void> {
  putText(lab, '/tmp/routes', `${lines(size, (i) => `route add ${outer(i)}/32 via 169.254.74.216 dev fpr-b6a86b9f-6 proto static`)}\n`)
  await done(lab, `ip -n ${FIP} -batch /tmp/routes`)
}

const AXES: readonly Axis[] = [
  { label: 'policy rules', surround: rules },
  { label: 'DNAT and SNAT rules', surround: nat },
  {
    label: 'FORWARD rules before the security group',
    async surround(lab, size) {
      const insert = forwardRules(size).replaceAll('-A FORWARD', '-I FORWARD')
      putText(lab, '/tmp/filter', insert)
      await done(lab, 'iptables-restore --noflush < /tmp/filter')
    },
  },
  { label: 'routes', surround: routes },
  {
    label: 'flows of br-int',
    async surround(lab, size) {
      const flow = (i: number): string => `table=0,priority=${10 + (i % 4)},ip,nw_dst=${inner(i)},nw_src=${outer(i)},actions=drop`
      putText(lab, '/tmp/flows', `${lines(size, flow)}\n`)
      await done(lab, 'ovs-ofctl add-flows br-int /tmp/flows')
    },
  },
  {
    label: 'unrelated namespaces',
    async surround(lab, size) {
      putText(lab, '/tmp/netns', `${lines(size, (i) => `netns add other-${i}`)}\n`)
      await done(lab, 'ip -batch /tmp/netns')
    },
  },
  {
    label: 'floating IPs (rules, NAT and routes)',
    async surround(lab, size) {
      await nat(lab, size)
      await rules(lab, size)
      await routes(lab, size)
    },
  },
]
const SIZES = [1, 100, 1000, 10_000]
const COUNT = 2000
const ROUNDS = 7
const WARM = 2

async function run(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const axis of AXES) figures.push(await slope(axis))
  return [...figures, ...kernelSlopes()]
}

/** Labs of all sizes take turns. */
async function slope(axis: Axis): Promise<Figure> {
  const labs: Lab[] = []
  for (const size of SIZES) {
    const lab = await bootLab('dvr-fip')
    await axis.surround(lab, size)
    labs.push(lab)
  }
  const times = labs.map((): number[] => [])
  for (let round = -WARM; round < ROUNDS; round++) {
    for (const [at, lab] of labs.entries()) {
      const us = await flood(lab)
      if (round >= 0) times[at]!.push(us)
    }
  }
  for (const lab of labs) lab.close()
  const one = times[0]!
  const most = ratios(times.at(-1)!, one)
  const between = times.slice(1, -1).map((us) => median(ratios(us, one)).toFixed(2))
  row(`  ${axis.label}`, times.map((us) => median(us).toFixed(1)).join(' '), 'us of processor time')
  return {
    what: `10,000 ${axis.label}: time of a round trip over that with 1`,
    beside: `itself with 1: ${spread(one)} us of processor time; with 100 and 1,000: ${between.join(' and ')}`,
    target: '<= 1.3',
    measured: spread(most),
    met: median(most) <= 1.3,
  }
}

/** Processor time of a round trip: labs that wait for their turn share the wall's. */
async function flood(lab: Lab): Promise<number> {
  return (await cpuMicroseconds(() => pingFlood(lab, FROM, COUNT))) / COUNT
}

/** What the same two kinds cost the kernel: for comparison, no target of ours. */
function kernelSlopes(): Figure[] {
  const build = [
    { label: 'policy rules', command: 'ip -batch -', text: policyRules },
    { label: 'FORWARD rules', command: 'iptables-legacy-restore', text: forwardRules },
  ]
  return build.map(({ label, command, text }) => {
    const real = openRealDvr()
    if (typeof real === 'string')
      return { what: `the kernel: 10,000 ${label}`, beside: real, target: '', measured: 'not measured', met: null }
    try {
      const before = Array.from({ length: 3 }, () => 1e6 / real.mustRound(5000))
      real.in(REAL_ROUTER, command, text(10_000))
      const after = Array.from({ length: 3 }, () => 1e6 / real.mustRound(1000))
      const times = ratios(after, before)
      return {
        what: `the kernel: 10,000 ${label} over none (3 rounds)`,
        beside: `without ${spread(before)} us`,
        target: '',
        measured: spread(times, 1),
        met: null,
      }
    } finally {
      if (real instanceof RealFlood) real.close()
    }
  })
}
