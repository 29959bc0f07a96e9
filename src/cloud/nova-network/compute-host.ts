// nova-compute and libvirt on one hypervisor (Essex): plugs a server into the flat bridge, guards it, runs it, takes it away.
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { runCirrosInit } from '../../node/daemons/cirros-init.js'
import type { Machine } from '../../node/machine.js'
import type { Agent } from '../agent.js'
import type { CloudHost } from '../host.js'
import type { IptablesManager } from '../iptables-manager.js'
import { domainXml } from '../nova/libvirt-xml.js'
import type { Server } from '../nova/objects.js'
import { libvirtName } from '../nova/objects.js'
import type { FlatDhcpConfig } from './config.js'
import type { InstanceFirewall } from './firewall.js'
import { hostnameOf } from './fixed-addresses.js'
import { ensureBridge } from './linux-net.js'

/** Copying the image and starting qemu, microseconds. */
const SPAWN_US = 3_500_000

/** A guest's way from the power button to off, which nova-compute asks for once a second, microseconds. */
const SHUTDOWN_US = 2_000_000

export interface Guest {
  readonly server: Server
  readonly tap: string
  machine: Machine | null
}

export class ComputeHost {
  readonly guests = new Map<string, Guest>()

  constructor(
    readonly agent: Agent,
    private readonly manager: IptablesManager,
    private readonly firewall: InstanceFirewall,
    private readonly config: FlatDhcpConfig,
    private readonly host: CloudHost,
  ) {}

  get name(): string {
    return this.agent.machine.name
  }

  get bridge(): string {
    return this.config.bridge
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
      const guest: Guest = { server, tap: this.freeTap(), machine: null }
      this.guests.set(server.id, guest)
      this.writeInstanceFiles(guest)
      await this.agent.sleep(SPAWN_US)
      await this.startDomain(guest)
    })
  }

  destroy(server: Server): Promise<void> {
    return this.agent.enqueue(`delete server ${server.name}`, server.id, async () => {
      const guest = this.guests.get(server.id)
      if (guest === undefined) return
      await this.stopDomain(guest)
      this.guests.delete(server.id)
      this.firewall.remove(server)
      await this.manager.apply(this.agent)
      await this.agent.run(['rm', '-rf', this.folder(server)])
    })
  }

  reboot(server: Server): Promise<void> {
    return this.agent.enqueue(`reboot server ${server.name}`, server.id, async () => {
      const guest = this.guests.get(server.id)
      if (guest === undefined) return
      await this.agent.sleep(SHUTDOWN_US)
      await this.stopDomain(guest)
      await this.startDomain(guest)
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
    const used = new Set([...this.guests.values()].map((guest) => guest.tap))
    for (let i = 0; ; i++) if (!used.has(`vnet${i}`)) return `vnet${i}`
  }

  private folder(server: Server): string {
    return `${this.config.instancesPath}/${libvirtName(server)}`
  }

  private writeInstanceFiles(guest: Guest): void {
    const folder = this.folder(guest.server)
    this.agent.write(`${folder}/libvirt.xml`, this.xmlOf(guest))
    this.agent.write(`${folder}/console.log`, '')
  }

  xmlOf(guest: Guest): string {
    const { bridge, gateway } = this.config
    return domainXml(guest.server, { bridge, tap: guest.tap, folder: this.folder(guest.server), dhcpServer: formatIpv4(gateway) })
  }

  /** What libvirt does for `virDomainCreate`: the tap device, a port of the bridge, then the machine behind it. */
  private async startDomain(guest: Guest): Promise<void> {
    const { agent } = this
    const mac = guest.server.fixed!.mac
    const libvirt = { standsFor: 'libvirt creates the domain and its tap device' }
    await agent.run(['ip', 'tuntap', 'add', 'dev', guest.tap, 'mode', 'tap'], libvirt)
    // The hypervisor holds the tap open from here on: it has carrier before it is a port.
    const hostname = hostnameOf(guest.server)
    const machine = this.host.addGuest({
      name: hostname,
      hostname,
      image: guest.server.image.node,
      host: agent.machine,
      tap: guest.tap,
      mac,
    })
    guest.machine = machine
    await agent.run(['ip', 'link', 'set', guest.tap, 'address', formatMac(hostSideMac(mac))], libvirt)
    await agent.run(['brctl', 'addif', this.config.bridge, guest.tap], libvirt)
    await agent.run(['ip', 'link', 'set', guest.tap, 'up'], libvirt)
    const console = `${this.folder(guest.server)}/console.log`
    machine.onConsole((text) => agent.machine.files.write(console, text, { append: true }))
    runCirrosInit(machine)
  }

  private async stopDomain(guest: Guest): Promise<void> {
    if (guest.machine !== null) this.host.removeGuest(guest.machine)
    guest.machine = null
    await this.agent.run(['ip', 'tuntap', 'del', 'dev', guest.tap, 'mode', 'tap'], {
      standsFor: 'libvirt destroys the domain and its tap device',
      mayFail: true,
    })
  }
}

/** libvirt gives the tap the guest's MAC with the first byte fe, so that it is never the bridge's lowest. */
function hostSideMac(mac: number): number {
  return 0xfe0000000000 + (mac % 0x10000000000)
}
