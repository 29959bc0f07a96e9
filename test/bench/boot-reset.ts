// 8: from a scenario's file to a lab that pings; a snapshot, damage, and the state before it again.
import type { Lab } from '../../src/lab/lab.js'
import { bootLab } from './cloud.js'
import { done, FROM, HOST } from './dvr-lab.js'
import { openRealDvr } from './real-dvr.js'
import { RealFlood } from './real-flood.js'
import { type Benchmark, type Figure, inTurns, median, microseconds, ratios, spread } from './report.js'

const ROUNDS = 9
const CLOUDS = ['flat-dhcp', 'legacy-l3', 'legacy-l3-vxlan', 'dvr-fip'] as const
const TARGETS = { 'flat-dhcp': 50, 'legacy-l3': 100, 'legacy-l3-vxlan': 100, 'dvr-fip': 100 } as const

export const bootReset: Benchmark = { name: 'boot-reset', run }

async function run(): Promise<Figure[]> {
  const first = await bootMs('dvr-fip')
  const boots: Record<string, number[]> = await inTurns(ROUNDS, Object.fromEntries(CLOUDS.map((name) => [name, () => bootMs(name)])))
  const ms = await inTurns(ROUNDS, { dvr: () => bootMs('dvr-fip'), script: realBuildMs })
  const lab = await bootLab('dvr-fip')
  const again = await inTurns(ROUNDS, { reset: () => resetMs(lab), undo: () => undoMs(lab), copy: () => copyMs(lab) }, 3)
  lab.close()
  return [
    ...CLOUDS.map((name) => bootFigure(name, boots[name]!, name === 'dvr-fip' ? first : null)),
    scriptFigure(ms.dvr, ms.script),
    ...resetFigures(again),
  ]
}

/** To a lab that has answered a command. */
async function bootMs(scenario: string): Promise<number> {
  let lab: Lab | null = null
  const us = await microseconds(async () => {
    lab = await bootLab(scenario)
  })
  lab!.close()
  return us / 1000
}

/** The same way built of real namespaces by a script, pings to warm it not counted; NaN where that cannot be. */
function realBuildMs(): number {
  const begin = process.hrtime.bigint()
  const real = openRealDvr({ warm: false })
  const ms = Number(process.hrtime.bigint() - begin) / 1e6
  if (!(real instanceof RealFlood)) return Number.NaN
  real.close()
  return ms
}

const BREAK = 'ip netns delete qrouter-b6a86b9f-6cf4-4ec3-a57a-00ce3e49142d; ovs-ofctl del-flows br-int'

async function broken(lab: Lab): Promise<void> {
  await done(lab, BREAK, HOST)
  if (await pings(lab)) throw new Error('what should have broken the lab did not')
}

async function pings(lab: Lab): Promise<boolean> {
  const { stdout } = await lab.run(FROM.node, `ping -c 1 -W 1 ${FROM.to}`)
  return / ttl=61 /.test(stdout)
}

async function restored(lab: Lab, work: () => Promise<unknown>): Promise<number> {
  await broken(lab)
  const us = await microseconds(work)
  if (!(await pings(lab))) throw new Error('the lab is not what it was')
  return us / 1000
}

/** `lab reset`: the scenario from its beginning. */
function resetMs(lab: Lab): Promise<number> {
  return restored(lab, () => lab.reset())
}

/** `lab undo` of what broke it and of the ping after it. */
async function undoMs(lab: Lab): Promise<number> {
  return restored(lab, async () => {
    await lab.undo()
    await lab.undo()
  })
}

/** A second world, broken and thrown away: what a probe or a "what if" does. */
async function copyMs(lab: Lab): Promise<number> {
  return (await microseconds(() => lab.copyWorld())) / 1000
}

function bootFigure(name: (typeof CLOUDS)[number], values: readonly number[], first: number | null): Figure {
  return {
    what: `boot of ${name} from its file`,
    beside: first === null ? '' : `first in a process ${first.toFixed(0)} ms`,
    target: `<= ${TARGETS[name]} ms`,
    measured: `${spread(values, 0)} ms`,
    met: median(values) <= TARGETS[name],
    why: 'the agents of the cloud type every command of the real ones, each through the tool that a learner uses',
  }
}

function scriptFigure(ours: readonly number[], script: readonly number[]): Figure {
  const times = ratios(script, ours)
  const isThere = script.every((value) => !Number.isNaN(value))
  return {
    what: `dvr-fip, ${spread(ours, 0)} ms: times as fast as the shell script of its one way (performance.md's 20 times is 4 ms, without agents)`,
    beside: isThere ? `script ${spread(script, 0)} ms` : 'script not measured: needs root and the tools',
    target: '>= 20',
    measured: isThere ? spread(times) : '',
    met: isThere ? median(times) >= 20 : null,
    why: 'one way with six namespaces by the script; here the whole cloud of 3 hosts, 743 commands of its agents, its services and servers',
  }
}

function resetFigures(ms: Record<'reset' | 'undo' | 'copy', number[]>): Figure[] {
  const restore = (what: string, values: readonly number[], why: string): Figure => ({
    what,
    beside: 'v86 150 ms (performance.md)',
    target: '<= 1 ms',
    measured: `${spread(values, 1)} ms`,
    met: median(values) <= 1,
    why,
  })
  return [
    restore(
      'dvr-fip broken, then `lab reset`',
      ms.reset,
      'the world is booted anew: its processes cannot be copied, only packets, tables and switches',
    ),
    restore('dvr-fip broken, then undone', ms.undo, 'replays the session from its beginning'),
    restore('a copy of its packet world', ms.copy, 'some ten thousand objects are followed one by one'),
  ]
}
