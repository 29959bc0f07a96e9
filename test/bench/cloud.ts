// Clouds in netlab: boot from file, and `ping -f` along a whole path.
import { join } from 'node:path'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

const root = process.env.NETLAB_ROOT ?? '.'

export async function bootLab(scenario: string): Promise<Lab> {
  return Lab.boot(await loadScenario(join(root, `scenarios/${scenario}.yaml`)))
}

export async function flatDhcpWithVm(): Promise<Lab> {
  const lab = await bootLab('flat-dhcp')
  await lab.run('controller-1', 'nova boot --image cirros --flavor 1 cirros > /dev/null; sleep 30; ping -f -q -c 100000 10.0.0.2')
  return lab
}

/** Round trips a second of one `ping -f`, by the wall. */
export async function pingFlood(lab: Lab, from: { node: string; to: string }, count: number): Promise<number> {
  const start = process.hrtime.bigint()
  const { stdout } = await lab.run(from.node, `ping -f -q -c ${count} ${from.to}`)
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  if (!/ 0% packet loss/.test(stdout)) throw new Error(`the benchmark's ping lost packets: ${stdout}`)
  return count / seconds
}
