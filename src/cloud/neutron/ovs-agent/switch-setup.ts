// The bridges as the OVS agent wants them at start: br-int, br-tun and the pair of ports between them, provider bridges.
import { createHash } from 'node:crypto'
import type { Agent } from '../../agent.js'
import { AgentError } from '../../agent.js'
import { BR_INT, BR_TUN } from '../names.js'
import type { L2Profile } from '../release.js'
import type { OvsTools } from './ovs-tools.js'
import type { PhysicalLink, Pipeline } from './pipeline.js'
import { PATCH_INT, PATCH_TUN } from './pipeline.js'

const CONTROLLER = 'tcp:127.0.0.1:6633'
const MANAGER = 'ptcp:6640:127.0.0.1'

/** Where a native agent speaks to the switch and the switch to it. */
export const REMOTES: readonly string[] = [CONTROLLER, MANAGER]

/** Microseconds of quiet after which OVSDB clients and controllers are asked whether they live: the agent's configuration says ten seconds. */
const INACTIVITY_PROBE_MS = 10_000

/** Of ports to other bridges. */
const NO_REPORT_FLOOD = ['other_config:mcast-snooping-flood-reports=False', 'other_config:mcast-snooping-flood=False']

const DEVICE_NAME_LENGTH = 15
const NAME_HASH_LENGTH = 6

export class SwitchSetup {
  constructor(
    private readonly agent: Agent,
    private readonly tools: OvsTools,
    private readonly profile: L2Profile,
    private readonly pipeline: Pipeline,
  ) {}

  /** ovsdb-server listens for the native driver; the one command that the agent types in those releases. */
  async openDatabase(): Promise<void> {
    if ((await this.tools.replica?.managers())?.includes(MANAGER) === true) return
    const target = `target="${MANAGER}"`
    const words = ['--timeout=10', '--id=@manager', '--', 'create', 'Manager', target, `inactivity_probe=${INACTIVITY_PROBE_MS}`]
    await this.agent.run(['ovs-vsctl', ...words, '--', 'add', 'Open_vSwitch', '.', 'manager_options', '@manager'])
  }

  async integrationBridge(): Promise<void> {
    const { tools } = this
    if (this.profile.native) {
      await this.createNative(BR_INT, ['--', 'set-fail-mode', BR_INT, 'secure'])
      await tools.vsctl([
        'set',
        'Bridge',
        BR_INT,
        'mcast_snooping_enable=false',
        `other_config:mcast-snooping-disable-flood-unregistered=${this.profile.setsReportFlood ? 'false' : 'False'}`,
      ])
    } else {
      await tools.vsctl(['--', '--may-exist', 'add-br', BR_INT])
      await tools.vsctl(['--', 'set-fail-mode', BR_INT, 'secure'])
      await tools.deletePort(BR_INT, PATCH_TUN)
    }
    await this.pipeline.setUpIntegration()
  }

  /** The patch ports are given out first: patch-int is port 1 of a br-tun that was made anew. */
  async tunnelBridge(): Promise<{ readonly patchTun: number; readonly patchInt: number }> {
    const { tools, profile } = this
    if (profile.native) await this.createNative(BR_TUN, ['--', 'set-fail-mode', BR_TUN, 'secure'])
    else {
      await tools.vsctl(['--', '--if-exists', 'del-br', BR_TUN])
      await tools.vsctl(['--', '--may-exist', 'add-br', BR_TUN])
    }
    const patchTun = await this.patchPort(BR_INT, PATCH_TUN, PATCH_INT)
    const patchInt = await this.patchPort(BR_TUN, PATCH_INT, PATCH_TUN)
    await this.pipeline.setUpTunnel(patchInt)
    return { patchTun, patchInt }
  }

  async physicalBridge(physicalNetwork: string, bridge: string): Promise<PhysicalLink> {
    if (this.profile.native) await this.adoptNative(physicalNetwork, bridge)
    else await this.requireDevice(physicalNetwork, bridge)
    await this.pipeline.setUpPhysical(bridge)
    return this.profile.providerLink === 'veth' ? this.linkByVeth(bridge) : this.linkByPatch(bridge)
  }

  private async linkByVeth(bridge: string): Promise<PhysicalLink> {
    const { agent, tools } = this
    const { intDevice, physDevice } = linkDevices(bridge)
    await tools.deletePort(BR_INT, intDevice)
    await tools.deletePort(bridge, physDevice)
    if (await this.hasDevice(intDevice)) {
      await agent.run(['ip', 'link', 'delete', intDevice])
      await agent.run(['/sbin/udevadm', 'settle', '--timeout=10'], { mayFail: true })
    }
    await agent.run(['ip', 'link', 'add', intDevice, 'type', 'veth', 'peer', 'name', physDevice])
    const intPort = await this.addPort(BR_INT, intDevice)
    const physPort = await this.addPort(bridge, physDevice)
    const link = { bridge, intDevice, physDevice, intPort, physPort }
    await this.pipeline.blockPhysical(link)
    for (const device of [intDevice, physDevice]) await agent.run(['ip', 'link', 'set', device, 'up'])
    return link
  }

  /** The ends find each other only when the rows that block are in place. */
  private async linkByPatch(bridge: string): Promise<PhysicalLink> {
    const { tools } = this
    const { intDevice, physDevice } = linkDevices(bridge)
    const intPort = await this.patchPort(BR_INT, intDevice, 'nonexistent-peer')
    const physPort = await this.patchPort(bridge, physDevice, 'nonexistent-peer')
    const link = { bridge, intDevice, physDevice, intPort, physPort }
    await this.pipeline.blockPhysical(link)
    await tools.vsctl(['set', 'Interface', intDevice, `options:peer=${physDevice}`])
    await tools.vsctl(['set', 'Interface', physDevice, `options:peer=${intDevice}`])
    return link
  }

  private async patchPort(bridge: string, name: string, peer: string): Promise<number> {
    const port = this.profile.native ? ['--', '--may-exist', 'add-port'] : ['add-port']
    const reports = bridge === BR_INT && this.profile.setsReportFlood ? ['--', 'set', 'Port', name, ...NO_REPORT_FLOOD] : []
    await this.tools.vsctl([...port, bridge, name, '--', 'set', 'Interface', name, 'type=patch', `options:peer=${peer}`, ...reports])
    return this.tools.ofport(name)
  }

  private async addPort(bridge: string, device: string): Promise<number> {
    await this.tools.vsctl(['--', '--may-exist', 'add-port', bridge, device])
    return this.tools.ofport(device)
  }

  private async adoptNative(physicalNetwork: string, bridge: string): Promise<void> {
    if (!(await this.tools.bridges()).includes(bridge)) throw missing(physicalNetwork, bridge)
    await this.createNative(bridge, ['--', 'set-fail-mode', bridge, 'secure'])
  }

  private async requireDevice(physicalNetwork: string, bridge: string): Promise<void> {
    if (!(await this.hasDevice(bridge))) throw missing(physicalNetwork, bridge)
  }

  private async hasDevice(device: string): Promise<boolean> {
    const { exitCode } = await this.agent.run(['ip', '-o', 'link', 'show', device], { mayFail: true })
    return exitCode === 0
  }

  private async createNative(bridge: string, rest: readonly string[]): Promise<void> {
    const set = ['datapath_type=system', 'other_config:mac-table-size=50000']
    const { tools } = this
    const create = ['--', '--may-exist', 'add-br', bridge, '--', 'set', 'Bridge', bridge, ...set]
    await tools.vsctl([...create, '--', 'add', 'Bridge', bridge, 'protocols', ...this.profile.protocols, ...rest])
    const row = ['connection_mode=out-of-band', `inactivity_probe=${INACTIVITY_PROBE_MS}`]
    await tools.vsctl(['--', 'set-controller', bridge, CONTROLLER, '--', 'set', 'Controller', bridge, ...row])
  }
}

function missing(physicalNetwork: string, bridge: string): AgentError {
  return new AgentError(`Bridge ${bridge} for physical network ${physicalNetwork} does not exist. Agent terminated!`)
}

export function linkDevices(bridge: string): { readonly intDevice: string; readonly physDevice: string } {
  return { intDevice: linkName('int-', bridge), physDevice: linkName('phy-', bridge) }
}

/** Names that are too long keep their beginning and end in a hash, so that they stay apart. */
function linkName(prefix: string, bridge: string): string {
  if (prefix.length + bridge.length <= DEVICE_NAME_LENGTH) return prefix + bridge
  const hash = createHash('sha1').update(bridge).digest('hex').slice(0, NAME_HASH_LENGTH)
  return prefix + bridge.slice(0, DEVICE_NAME_LENGTH - prefix.length - NAME_HASH_LENGTH) + hash
}
