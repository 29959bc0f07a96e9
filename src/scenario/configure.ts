// What a node does when it is switched on: it brings its devices up and gives them what the scenario says, by typing commands.
// Like a boot script it goes on after a command that fails; what failed is handed back.
import type { AgentCause, Machine } from '../node/machine.js'
import type { NodeSpec, SetupStep } from './scenario.js'
import { startService } from './services.js'

const BOOT: AgentCause = { agent: 'boot', event: 'switched on', object: null, standsFor: null }

/** Before the NICs are found: files, and the settings that new devices will take over. Returns what failed. */
export async function configureKernel(node: NodeSpec, machine: Machine): Promise<string[]> {
  const typist = new Typist(machine)
  for (const file of node.files) {
    machine.writeAsAgent(file.path, file.content, BOOT)
    if (file.mode !== null) machine.files.chmod(file.path, file.mode)
  }
  await typist.typeSysctl(node, false)
  return typist.failures
}

/** Devices, addresses, routes, settings of single devices, services. Returns what failed. */
export async function configureNetwork(node: NodeSpec, machine: Machine): Promise<string[]> {
  const typist = new Typist(machine)
  await typist.type(['ip', '-batch', '-'], `${linkLines(node).join('\n')}\n`)
  await typist.typeSysctl(node, true)
  if (node.modules.length > 0) await typist.type(['modprobe', '-a', ...node.modules])
  for (const service of node.services) startService(service, machine)
  if (node.bridges.length > 0) await typist.type(['ovs-vsctl', ...bridgeWords(node)])
  return typist.failures
}

function bridgeWords(node: NodeSpec): string[] {
  return node.bridges.flatMap(({ name, ports }) => [
    ...['--', '--may-exist', 'add-br', name],
    ...ports.flatMap((port) => ['--', '--may-exist', 'add-port', name, port]),
  ])
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

  async typeSysctl(node: NodeSpec, ofDevices: boolean): Promise<void> {
    const settings = [...node.sysctl]
      .map(([name, value]) => `${name}=${value}`)
      .filter((setting) => namesDevice(setting, node) === ofDevices)
    if (settings.length > 0) await this.type(['sysctl', '-qw', ...settings])
  }

  async type(argv: readonly string[], stdin = ''): Promise<void> {
    const result = await this.machine.execAgent(argv, { stdin, cause: BOOT })
    if (result.exitCode === 0) return
    const said = result.stderr.trim() || result.stdout.trim()
    this.failures.push(
      `node ${this.machine.name}: at boot "${argv.join(' ')}" ended with ${result.exitCode}${said === '' ? '' : `: ${said}`}`,
    )
  }
}
