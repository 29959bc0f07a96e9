// 9: a cloud of a thousand compute nodes, ten servers and ten floating IPs on each; nodes are made when they are touched.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Lab as LabOf } from '../../src/lab/lab.js'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'
import type { Scenario } from '../../src/scenario/scenario.js'
import { computeName, floatingAddress, generateCloud, serverName } from './generate-cloud.js'
import { type Benchmark, cpuMicroseconds, type Figure, median, ratios, spread } from './report.js'

export const scale: Benchmark = { name: 'scale-1000', run }

const SERVERS = 10
const SIZES = [10, 100, 1000] as const
/** Boots of each size, in turns. */
const ROUNDS = 7
const PINGS = 3000

interface Opened {
  readonly computes: number
  readonly scenario: Scenario
  readonly lab: LabOf
  /** Of the lab after the boot. */
  readonly heapMiB: number
}

interface Times {
  readonly load: number[]
  readonly boot: number[]
}

/** What was measured once nodes were awake, processor microseconds. */
interface Touched {
  wake: number
  wakeNext: number
  dump: number
  dumpLines: number
  flood: number[]
  between: number[]
  floating: number[]
}

async function run(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'netlab-scale-'))
  try {
    const times = new Map<number, Times>(SIZES.map((size) => [size, { load: [], boot: [] }]))
    const labs: Opened[] = []
    for (const size of SIZES) labs.push(await open(size, folder, times.get(size)!))
    const residentMiB = process.memoryUsage.rss() / 2 ** 20
    for (let round = 1; round < ROUNDS; round++) {
      for (const { computes, scenario } of labs) times.get(computes)!.boot.push((await bootOnce(scenario)) / 1000)
    }
    const touched: Touched[] = []
    for (const { lab } of labs) touched.push(await touch(lab))
    await pingInTurns(labs, touched)
    for (const { lab } of labs) lab.close()
    return figures({ times, labs, touched, residentMiB })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function open(computes: number, folder: string, times: Times): Promise<Opened> {
  const file = join(folder, `scale-${computes}.yaml`)
  writeFileSync(file, generateCloud({ computes, servers: SERVERS }))
  let scenario!: Scenario
  times.load.push(
    (await cpuMicroseconds(async () => {
      scenario = await loadScenario(file)
    })) / 1000,
  )
  const before = heapMiB()
  let lab!: LabOf
  times.boot.push(
    (await cpuMicroseconds(async () => {
      lab = await Lab.boot(scenario)
    })) / 1000,
  )
  return { computes, scenario, lab, heapMiB: heapMiB() - before }
}

async function bootOnce(scenario: Scenario): Promise<number> {
  globalThis.gc?.()
  return cpuMicroseconds(async () => (await Lab.boot(scenario)).close())
}

function heapMiB(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 2 ** 20
}

/** Two hosts of one aggregate wake, and answer; the tables of one are listed. */
async function touch(lab: LabOf): Promise<Touched> {
  const [one, two] = [computeName(0), computeName(1)]
  const wake = await cpuMicroseconds(() => lab.wake(one))
  const wakeNext = await cpuMicroseconds(() => lab.wake(two))
  await answered(lab, serverName(0), `ping -c 1 ${await addressOf(lab, serverName(SERVERS))}`, 64)
  await answered(lab, 'outside', `ping -c 1 ${floatingAddress(0)}`, 61)
  let listing = ''
  const dump = await cpuMicroseconds(async () => {
    listing = (await lab.run(one, 'ovs-ofctl dump-flows br-tun')).stdout
  })
  return { wake, wakeNext, dump, dumpLines: listing.split('\n').length, flood: [], between: [], floating: [] }
}

/** Of the first server on the second host: the same tenant's as the first on the first. */
async function addressOf(lab: LabOf, server: string): Promise<string> {
  const { stdout } = await lab.run(server, "ip -4 -o addr show eth0 | awk '{print $4}' | cut -d/ -f1")
  return stdout.trim()
}

async function answered(lab: LabOf, node: string, line: string, ttl: number): Promise<void> {
  const { stdout } = await lab.run(node, line)
  if (!stdout.includes(`ttl=${ttl} `)) throw new Error(`the benchmark's ping had no answer with TTL ${ttl}: ${stdout}`)
}

/** Labs of all sizes take turns. */
async function pingInTurns(labs: readonly Opened[], touched: readonly Touched[]): Promise<void> {
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, { lab }] of labs.entries()) {
      const { between, floating, flood } = touched[i]!
      const peer = await addressOf(lab, serverName(SERVERS))
      const us = [await pingUs(lab, serverName(0), peer), await pingUs(lab, 'outside', floatingAddress(0)), await floodUs(lab)]
      if (round === 0) continue
      between.push(us[0]!)
      floating.push(us[1]!)
      flood.push(us[2]!)
    }
  }
}

async function pingUs(lab: LabOf, node: string, to: string): Promise<number> {
  let stdout = ''
  const us = await cpuMicroseconds(async () => {
    stdout = (await lab.run(node, `ping ${node === 'outside' ? '-f ' : '-i 0.01 '}-q -c ${PINGS} ${to}`)).stdout
  })
  if (!/ 0% packet loss/.test(stdout)) throw new Error(`the benchmark's ping lost packets: ${stdout}`)
  return us / PINGS
}

/** One question for everybody on the wire of all hosts, which nobody answers. */
async function floodUs(lab: LabOf): Promise<number> {
  const count = 100
  const quiet = await cpuMicroseconds(() => lab.run('mgt01', `for i in $(seq ${count}); do :; done`))
  const us = await cpuMicroseconds(() => lab.run('mgt01', `arping -q -c ${count} -w ${count} -I eno1 10.16.250.250`))
  return Math.max(0, us - quiet) / count
}

interface Measured {
  readonly times: ReadonlyMap<number, Times>
  readonly labs: readonly Opened[]
  readonly touched: readonly Touched[]
  readonly residentMiB: number
}

function figures({ times, labs, touched, residentMiB }: Measured): Figure[] {
  const [ten, hundred, thousand] = SIZES.map((size) => times.get(size)!) as [Times, Times, Times]
  const [small, , large] = touched as [Touched, Touched, Touched]
  const growth = ratios(thousand.boot, hundred.boot)
  const heap = labs[2]!.heapMiB
  const flat = (key: 'between' | 'floating'): number[] => ratios(large[key], small[key])
  return [
    {
      what: 'boot of 1,000 hosts, 10,000 servers and floating IPs (scenario in memory), CPU',
      beside: `10 hosts ${spread(ten.boot, 0)} ms, 100 hosts ${spread(hundred.boot, 0)} ms`,
      target: '<= 300 ms',
      measured: `${spread(thousand.boot, 0)} ms`,
      met: median(thousand.boot) <= 300,
      why: 'the tables of neutron and nova are full from the start: 31,000 ports, servers and floating IPs pass the rules of their APIs; hosts and servers cost nothing yet',
    },
    {
      what: 'the same: times of 100 hosts',
      beside: 'itself at 100 hosts',
      target: '<= 11',
      measured: spread(growth),
      met: median(growth) <= 11,
      why: 'the heap is larger, and with it what collecting garbage costs',
    },
    {
      what: 'its file of YAML, read and checked, CPU',
      beside: `100 hosts ${median(hundred.load).toFixed(0)} ms`,
      target: 'none',
      measured: `${median(thousand.load).toFixed(0)} ms`,
      met: null,
    },
    {
      what: 'memory: heap of the lab after collecting garbage; the process with the three labs',
      beside: labs.map(({ computes, heapMiB: mib }) => `${computes} hosts ${mib.toFixed(1)} MiB`).join(', '),
      target: '<= 200 MiB',
      measured: `${heap.toFixed(0)} MiB; process ${residentMiB.toFixed(0)} MiB`,
      met: residentMiB <= 200,
      why: 'reading the YAML text takes most of the process: its tree is gone afterwards, its pages are not given back',
    },
    {
      what: 'a host is touched for the first time, with its network node, and the next one, CPU',
      beside: touched.map(({ wake, wakeNext }, i) => `${SIZES[i]} hosts ${ms(wake)} and ${ms(wakeNext)}`).join(', '),
      target: 'none',
      measured: `${ms(large.wake)} and ${ms(large.wakeNext)}`,
      met: null,
    },
    {
      what: 'one broadcast to 1,000 hosts, CPU',
      beside: `10 hosts ${spread(small.flood)} us`,
      target: '<= 1 ms',
      measured: `${spread(large.flood)} us`,
      met: median(large.flood) <= 1000,
    },
    {
      what: `dump-flows br-tun of a host that shares its networks with 99 others: ${large.dumpLines} lines, CPU`,
      beside: `10 hosts ${ms(small.dump)} for ${small.dumpLines} lines`,
      target: 'none',
      measured: ms(large.dump),
      met: null,
    },
    {
      what: 'ping of two servers by l2population, CPU a round trip against 10 hosts',
      beside: `10 hosts ${spread(small.between)} us`,
      target: '<= 1.3',
      measured: `${spread(flat('between'))} (${spread(large.between)} us)`,
      met: median(flat('between')) <= 1.3,
      why: 'more labs in memory share the caches of the processor',
    },
    {
      what: 'ping -f to a floating IP from outside, CPU a round trip against 10 hosts',
      beside: `10 hosts ${spread(small.floating)} us`,
      target: '<= 1.3',
      measured: `${spread(flat('floating'))} (${spread(large.floating)} us)`,
      met: median(flat('floating')) <= 1.3,
      why: 'more labs in memory share the caches of the processor',
    },
  ]
}

function ms(us: number): string {
  return `${(us / 1000).toFixed(0)} ms`
}
