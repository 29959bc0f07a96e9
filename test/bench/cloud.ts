// Clouds in netlab: boot from file, and `ping -f` along a whole path.
import { join } from 'node:path'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'
import { median } from './report.js'

const root = process.env.NETLAB_ROOT ?? '.'

/** Milliseconds from reading the YAML file to a lab that takes commands; the first, and the median of the others. */
export async function bootTimes(scenario: string, rounds: number): Promise<{ firstMs: number; medianMs: number }> {
  const times: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const start = process.hrtime.bigint()
    const lab = await bootLab(scenario)
    times.push(Number(process.hrtime.bigint() - start) / 1e6)
    lab.close()
  }
  return { firstMs: times[0]!, medianMs: median(times.slice(1)) }
}

export async function bootLab(scenario: string): Promise<Lab> {
  return Lab.boot(await loadScenario(join(root, `scenarios/${scenario}.yaml`)))
}

export async function flatDhcpWithVm(): Promise<Lab> {
  const lab = await bootLab('flat-dhcp')
  await lab.run('controller-1', 'nova boot --image cirros --flavor 1 cirros > /dev/null; sleep 30; ping -f -q -c 100000 10.0.0.2')
  return lab
}

/** Round trips a second of `ping -f`, by the wall. No forced collection in between: it throws compiled code away, which no lab does. */
export async function pingFlood(lab: Lab, from: { node: string; to: string }, count: number, rounds: number): Promise<number[]> {
  const rates: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const start = process.hrtime.bigint()
    const { stdout } = await lab.run(from.node, `ping -f -q -c ${count} ${from.to}`)
    const seconds = Number(process.hrtime.bigint() - start) / 1e9
    if (!/ 0% packet loss/.test(stdout)) throw new Error(`the benchmark's ping lost packets: ${stdout}`)
    if (round > 0) rates.push(count / seconds)
  }
  return rates
}

/** Milliseconds to copy the packet world of a lab that has just come up; the first, and the median of the others. */
export async function copyTimes(scenario: string, rounds: number): Promise<{ firstMs: number; medianMs: number }> {
  const lab = await bootLab(scenario)
  const times: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const start = process.hrtime.bigint()
    lab.copyWorld()
    times.push(Number(process.hrtime.bigint() - start) / 1e6)
  }
  lab.close()
  return { firstMs: times[0]!, medianMs: median(times.slice(1)) }
}
