// nova-compute and libvirt on one hypervisor (Essex): plugs a server into the flat bridge, guards it, runs it, takes it away.
import { formatIpv4 } from '../../addr/ipv4.js'
import type { Agent } from '../agent.js'
import type { CloudHost } from '../host.js'
import type { IptablesManager } from '../iptables-manager.js'
import type { Guest } from '../nova/hypervisor.js'
import { Hypervisor } from '../nova/hypervisor.js'
import { domainXml } from '../nova/libvirt-xml.js'
import type { Server } from '../nova/objects.js'
import { libvirtName } from '../nova/objects.js'
import type { FlatDhcpConfig } from './config.js'
import type { InstanceFirewall } from './firewall.js'
import { ensureBridge } from './linux-net.js'

/** Copying the image and starting qemu, microseconds. */
const SPAWN_US = 3_500_000

/** A guest's way from the power button to off, which nova-compute asks for once a second, microseconds. */
const SHUTDOWN_US = 2_000_000

export class ComputeHost {
  readonly hypervisor: Hypervisor

  constructor(
    readonly agent: Agent,
    private readonly manager: IptablesManager,
    private readonly firewall: InstanceFirewall,
    private readonly config: FlatDhcpConfig,
    host: CloudHost,
  ) {
    this.hypervisor = new Hypervisor(agent, host, { folder: (server) => this.folder(server), xml: (guest) => this.xmlOf(guest) })
  }

  get guests(): ReadonlyMap<string, Guest> {
    return this.hypervisor.guests
  }

  get name(): string {
    return this.agent.machine.name
  }

  start(): Promise<void> {
    return this.agent.enqueue('nova-compute starts', null, () => this.manager.apply(this.agent))
  }

  /** Precondition: the server has its fixed address. Resolves when the domain runs. */
  spawn(server: Server): Promise<void> {
    return this.agent.enqueue(`boot server ${server.name}`, server.id, async () => {
      await this.plug()
      this.firewall.add(server)
      await this.manager.apply(this.agent)
      const nic = { tap: this.freeTap(), mac: server.fixed!.mac, bridge: this.config.bridge, ovsPort: null, mtu: 1500 }
      const guest = this.hypervisor.define(server, [nic])
      await this.agent.sleep(SPAWN_US)
      await this.hypervisor.create(guest)
      this.hypervisor.resume(guest)
    })
  }

  destroy(server: Server): Promise<void> {
    return this.agent.enqueue(`delete server ${server.name}`, server.id, async () => {
      const guest = this.guests.get(server.id)
      if (guest === undefined) return
      await this.hypervisor.stop(guest)
      this.firewall.remove(server)
      await this.manager.apply(this.agent)
      await this.hypervisor.undefine(guest)
    })
  }

  reboot(server: Server): Promise<void> {
    return this.agent.enqueue(`reboot server ${server.name}`, server.id, async () => {
      const guest = this.guests.get(server.id)
      if (guest === undefined) return
      await this.agent.sleep(SHUTDOWN_US)
      await this.hypervisor.stop(guest)
      await this.hypervisor.create(guest)
      this.hypervisor.resume(guest)
    })
  }

  /** Chains of all local instances are rebuilt. */
  refresh(what: string, object: string | null): Promise<void> {
    return this.agent.enqueue(what, object, async () => {
      for (const guest of this.guests.values()) this.firewall.refresh(guest.server)
      await this.manager.apply(this.agent)
    })
  }

  private async plug(): Promise<void> {
    const { agent, config } = this
    await ensureBridge(agent, this.manager, config.bridge, config.flatInterface)
    const { stdout } = await agent.run(['cat', `/sys/class/net/${config.flatInterface}/flags`], { mayFail: true })
    const isUp = (Number(stdout.trim()) & 1) === 1
    // Essex never brings the flat interface up: the administrator's interfaces file says how, and somebody must have said ifup.
    if (!isUp)
      await agent.run(['ifup', config.flatInterface], {
        standsFor: 'the administrator brings the flat interface up, as /etc/network/interfaces has it',
      })
  }

  private freeTap(): string {
    const used = new Set([...this.guests.values()].flatMap(({ nics }) => nics.map(({ tap }) => tap)))
    for (let i = 0; ; i++) if (!used.has(`vnet${i}`)) return `vnet${i}`
  }

  private folder(server: Server): string {
    return `${this.config.instancesPath}/${libvirtName(server)}`
  }

  private xmlOf({ server, nics }: Guest): string {
    const { bridge, gateway } = this.config
    return domainXml(server, { bridge, tap: nics[0]?.tap ?? '', folder: this.folder(server), dhcpServer: formatIpv4(gateway) })
  }
}
