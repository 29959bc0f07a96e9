// 6: two hundred mixed commands in the lab shell, from the line to its last byte, beside the same as real processes.
import { spawnSync } from 'node:child_process'
import type { Lab } from '../../src/lab/lab.js'
import { bootLab } from './cloud.js'
import { done, HOST, putText, ROUTER } from './dvr-lab.js'
import { openRealDvr, REAL_ROUTER } from './real-dvr.js'
import { RealFlood } from './real-flood.js'
import { RealOvs } from './real-ovs.js'
import { type Benchmark, type Figure, median, microseconds, quantile, ratios, row, spread } from './report.js'

const COMMANDS = 200
const ROUNDS = 7
const MANY = 10_000
const LINES = [
  { ours: `ip netns exec ${ROUTER} ip a`, wants: /inet 169\.254\.74\.216/ },
  { ours: `ip netns exec ${ROUTER} iptables -t nat -S`, wants: /--to-destination 192\.168\.3\.69/ },
  { ours: 'ovs-vsctl show', wants: /Bridge br-int/ },
  { ours: 'ovs-ofctl dump-flows br-int', wants: /NORMAL/ },
  { ours: 'conntrack -L', wants: /flow entries have been shown/ },
  { ours: 'tcpdump -nr /tmp/few.pcap', wants: /ICMP echo request/ },
]

export const feltCommand: Benchmark = { name: 'felt-command', run }

async function run(): Promise<Figure[]> {
  const lab = await bootLab('dvr-fip')
  await done(lab, `ip netns exec ${ROUTER} tcpdump -ni rfp-b6a86b9f-6 -c 10 -w /tmp/few.pcap 2> /dev/null & sleep 1`)
  await lab.run('master-2', 'ping -c 6 -i 0.2 100.121.0.75')
  try {
    return [...(await beside(lab)), await manyRules(lab)]
  } finally {
    lab.close()
  }
}

async function beside(lab: Lab): Promise<Figure[]> {
  const real = openReal()
  try {
    const rounds: { medianMs: number; p99Ms: number; kinds: number[] }[] = []
    const theirs: number[][] = []
    for (let round = -2; round < ROUNDS; round++) {
      const ours = await mixed(lab)
      if (round < 0) continue
      rounds.push(ours)
      theirs.push(typeof real === 'string' ? [] : real.kinds())
    }
    LINES.forEach(({ ours }, i) => {
      const at = (all: readonly number[][]): string => `${(median(all.map((kinds) => kinds[i] ?? Number.NaN)) * 1000).toFixed(0)} us`
      row(`  ${ours.replace(ROUTER, 'qrouter')}`, at(rounds.map(({ kinds }) => kinds)), `process ${at(theirs)}`)
    })
    return figures(rounds, theirs, typeof real === 'string' ? real : null)
  } finally {
    if (typeof real !== 'string') real.close()
  }
}

/** Milliseconds of 200 commands in turn: median, the slowest but two, and the median of each kind. */
async function mixed(lab: Lab): Promise<{ medianMs: number; p99Ms: number; kinds: number[] }> {
  const times: number[] = []
  const kinds = LINES.map((): number[] => [])
  for (let i = 0; i < COMMANDS; i++) {
    const { ours, wants } = LINES[i % LINES.length]!
    let text = ''
    const ms =
      (await microseconds(async () => {
        const { stdout, stderr } = await lab.run(HOST, ours)
        text = stdout + stderr
      })) / 1000
    if (!wants.test(text)) throw new Error(`${ours}: ${text.slice(0, 300)}`)
    times.push(ms)
    kinds[i % LINES.length]!.push(ms)
  }
  return { medianMs: median(times), p99Ms: quantile(times, 0.99), kinds: kinds.map(median) }
}

interface Real {
  /** Milliseconds of each kind as a process. */
  kinds(): number[]
  close(): void
}

/** The chain's router namespace and a switch of its own, each with about as much in it. */
function openReal(): Real | string {
  const chain = openRealDvr()
  if (typeof chain === 'string') return chain
  const ovs = RealOvs.open(
    'v add-br br-int -- set bridge br-int datapath_type=netdev; for i in $(seq 40); do ovs-ofctl add-flow br-int table=$i,actions=NORMAL; done',
  )
  if (typeof ovs === 'string') {
    chain.close()
    return ovs
  }
  const pcap = ovs.file('few.pcap', '')
  chain.in(
    REAL_ROUTER,
    `timeout 5 tcpdump -ni rfp0 -c 10 -w ${pcap} 2> /dev/null & sleep 0.5; ping -c 12 -i 0.01 -q 169.254.74.217 > /dev/null; wait`,
  )
  const inRouter = (...words: string[]): string[] => ['ip', 'netns', 'exec', REAL_ROUTER, ...words]
  const own = [`OVS_RUNDIR=${ovs.state}/nlbench-ovs`]
  const lines = [
    inRouter('ip', 'a'),
    inRouter('iptables-legacy', '-t', 'nat', '-S'),
    ['env', ...own, 'ovs-vsctl', 'show'],
    ['env', ...own, 'ovs-ofctl', 'dump-flows', 'br-int'],
    inRouter('conntrack', '-L'),
    ['tcpdump', '-nr', pcap],
  ]
  return {
    kinds: () => lines.map((words) => median(Array.from({ length: 5 }, () => processMs(words)))),
    close: () => {
      chain.close()
      ovs.close()
    },
  }
}

function processMs([command, ...words]: readonly string[]): number {
  const start = process.hrtime.bigint()
  const { status, stderr } = spawnSync(command!, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${stderr}`)
  return Number(process.hrtime.bigint() - start) / 1e6
}

function figures(
  rounds: readonly { medianMs: number; p99Ms: number; kinds: number[] }[],
  theirs: readonly number[][],
  absent: string | null,
): Figure[] {
  const medians = rounds.map(({ medianMs }) => medianMs)
  const last = rounds.map(({ p99Ms }) => p99Ms)
  const processes = theirs.map(median)
  const times = ratios(processes, medians)
  return [
    {
      what: `${COMMANDS} mixed commands, median ${spread(medians)} ms: times as fast as processes`,
      beside: absent === null ? `processes ${spread(processes)} ms` : `not measured: ${absent}`,
      target: absent === null ? '>= 5' : '<= 0.2 ms',
      measured: absent === null ? spread(times, 1) : `${spread(medians)} ms`,
      met: absent === null ? median(times) >= 5 : median(medians) <= 0.2,
    },
    { what: 'the slowest but two of 200', beside: '', target: '<= 2 ms', measured: `${spread(last)} ms`, met: median(last) <= 2 },
  ]
}

/** `iptables -S` of ten thousand rules, beside the real one: both print all. */
async function manyRules(lab: Lab): Promise<Figure> {
  const rule = (i: number): string => `-A FORWARD -s 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32 -j DROP`
  const table = `*filter\n${Array.from({ length: MANY }, (_, i) => rule(i)).join('\n')}\nCOMMIT\n`
  putText(lab, '/tmp/many', table)
  await done(lab, `ip netns exec ${ROUTER} iptables-restore --noflush < /tmp/many`)
  const chain = openRealDvr()
  try {
    if (chain instanceof RealFlood) chain.in(REAL_ROUTER, 'iptables-legacy-restore --noflush', table)
    const [ours, real]: [number[], number[]] = [[], []]
    for (let round = -3; round < ROUNDS; round++) {
      let text = ''
      const us = await microseconds(async () => {
        text = (await lab.run(HOST, `ip netns exec ${ROUTER} iptables -S`)).stdout
      })
      if (text.split('\n').length < MANY) throw new Error('iptables -S lost rules')
      const ms = chain instanceof RealFlood ? processMs(['ip', 'netns', 'exec', REAL_ROUTER, 'iptables-legacy', '-S']) : Number.NaN
      if (round < 0) continue
      ours.push(us / 1000)
      real.push(ms)
    }
    return {
      what: `iptables -S of ${MANY} rules`,
      beside: typeof chain === 'string' ? `not measured: ${chain}` : `process (legacy) ${spread(real, 1)} ms`,
      target: '<= 10 ms',
      measured: `${spread(ours, 1)} ms`,
      met: median(ours) <= 10,
    }
  } finally {
    if (chain instanceof RealFlood) chain.close()
  }
}
