// What a node does when it is switched on: it brings its devices up and gives them what the scenario says, by typing commands.
// Like a boot script it goes on after a command that fails; what failed is handed back.
import type { AgentCause, Machine } from '../node/machine.js'
import type { NodeSpec, SetupStep } from './scenario.js'
import { startService } from './services.js'

const BOOT: AgentCause = { agent: 'boot', event: 'switched on', object: null, standsFor: null }

/** In the order of a boot script: files, sysctl, devices, addresses, routes, services. Returns what failed. */
export async function configureNode(node: NodeSpec, machine: Machine): Promise<string[]> {
  const typist = new Typist(machine)
  for (const file of node.files) {
    machine.writeAsAgent(file.path, file.content, BOOT)
    if (file.mode !== null) machine.files.chmod(file.path, file.mode)
  }
  const sysctl = [...node.sysctl].map(([name, value]) => `${name}=${value}`)
  const early = sysctl.filter((setting) => !namesDevice(setting, node))
  const late = sysctl.filter((setting) => namesDevice(setting, node))
  if (early.length > 0) await typist.type(['sysctl', '-qw', ...early])
  await typist.type(['ip', '-batch', '-'], `${linkLines(node).join('\n')}\n`)
  if (late.length > 0) await typist.type(['sysctl', '-qw', ...late])
  for (const service of node.services) startService(service, machine)
  return typist.failures
}

function namesDevice(setting: string, node: NodeSpec): boolean {
  return node.nics.some((nic) => setting.includes(`.${nic.name}.`))
}

function linkLines(node: NodeSpec): string[] {
  const lines = ['link set lo up']
  for (const nic of node.nics) {
    if (nic.mtu !== null) lines.push(`link set ${nic.name} mtu ${nic.mtu}`)
    if (nic.up) lines.push(`link set ${nic.name} up`)
  }
  for (const address of node.addresses) lines.push(`addr add ${address.words.join(' ')} dev ${address.device}`)
  for (const route of node.routes) lines.push(`route add ${route.words.join(' ')}`)
  return lines
}

/** Raw commands of the scenario, after the agents have settled. Returns what failed. */
export async function runSetup(step: SetupStep, machine: Machine): Promise<string[]> {
  const typist = new Typist(machine)
  for (const line of step.lines) await typist.type(['bash', '-c', line])
  return typist.failures
}

class Typist {
  readonly failures: string[] = []

  constructor(private readonly machine: Machine) {}

  async type(argv: readonly string[], stdin = ''): Promise<void> {
    const result = await this.machine.execAgent(argv, { stdin, cause: BOOT })
    if (result.exitCode === 0) return
    const said = result.stderr.trim() || result.stdout.trim()
    this.failures.push(
      `node ${this.machine.name}: at boot "${argv.join(' ')}" ended with ${result.exitCode}${said === '' ? '' : `: ${said}`}`,
    )
  }
}
