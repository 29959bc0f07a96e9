// libvirt on a compute node as nova-compute drives it: domains, their tap devices, and the machine behind each.
import type { MacAddress } from '../../addr/mac.js'
import { formatMac } from '../../addr/mac.js'
import { runCirrosInit } from '../../node/daemons/cirros-init.js'
import { runCloudImageInit } from '../../node/daemons/cloud-image-init.js'
import type { Machine } from '../../node/machine.js'
import type { Process } from '../../node/process.js'
import type { Agent } from '../agent.js'
import type { CloudHost } from '../host.js'
import { hostnameOf } from './hostname.js'
import type { Server } from './objects.js'
import { qemuWords } from './qemu-words.js'

export interface GuestNic {
  readonly tap: string
  readonly mac: MacAddress
  /** What the tap is a port of. */
  readonly bridge: string
  /** neutron without a bridge of the port's own: external ids for Open vSwitch. */
  readonly ovsPort: string | null
  readonly mtu: number
}

export interface Guest {
  readonly server: Server
  nics: readonly GuestNic[]
  /** null: it is off. */
  machine: Machine | null
  /** qemu on the hypervisor: when it ends, the guest is off. */
  qemu: Process | null
  /** libvirt's, counted from the daemon's start; of the last time that it ran. */
  domainId: number
}

/** libvirt's part of the work: which bridges and filters a release's nova asks for. */
export interface DomainStyle {
  folder(server: Server): string
  xml(guest: Guest): string
}

const LIBVIRT = { standsFor: 'libvirt creates the domain and its tap device' }
const LIBVIRT_END = { standsFor: 'libvirt destroys the domain and its tap device', mayFail: true }

const DEFAULT_MTU = 1500

/** qemu's announce-self: five rounds, the first at once, then 50 ms and 100 ms more each time, microseconds. */
const ANNOUNCE_US = [0, 50_000, 150_000, 250_000, 350_000] as const

/** It runs, or waits for its memory. */
export function isOn({ machine, qemu }: Guest): boolean {
  return machine !== null || qemu !== null
}

const hypervisors = new WeakMap<Machine, Hypervisor>()

/** null: libvirtd has no domains of a cloud's on this node. */
export function hypervisorOn(machine: Machine): Hypervisor | null {
  return hypervisors.get(machine) ?? null
}

export class Hypervisor {
  readonly guests = new Map<string, Guest>()
  private lastDomainId = 0

  constructor(
    readonly agent: Agent,
    private readonly host: CloudHost,
    private readonly style: DomainStyle,
  ) {
    hypervisors.set(agent.machine, this)
  }

  running(): Guest[] {
    return [...this.guests.values()].filter(isOn).sort((a, b) => a.domainId - b.domainId)
  }

  xmlOf(guest: Guest): string {
    return this.style.xml(guest)
  }

  define(server: Server, nics: readonly GuestNic[]): Guest {
    const guest: Guest = { server, nics, machine: null, qemu: null, domainId: 0 }
    this.guests.set(server.id, guest)
    this.writeXml(guest)
    this.agent.write(`${this.style.folder(server)}/console.log`, '')
    return guest
  }

  async undefine(guest: Guest): Promise<void> {
    this.guests.delete(guest.server.id)
    await this.agent.run(['rm', '-rf', this.style.folder(guest.server)])
  }

  /** `virDomainCreate`: tap devices as ports of their bridges, and the machine behind them, which waits for `resume`. */
  async create(guest: Guest): Promise<void> {
    const { agent } = this
    for (const { tap } of guest.nics) await agent.run(['ip', 'tuntap', 'add', 'dev', tap, 'mode', 'tap'], LIBVIRT)
    // The hypervisor holds the taps open from here on: they have carrier before they are ports.
    const hostname = hostnameOf(guest.server)
    const { nics, server } = guest
    const { image, services, machineName } = server
    const machine = this.host.addGuest({ name: machineName ?? hostname, hostname, image: image.node, host: agent.machine, nics, services })
    guest.machine = machine
    guest.domainId = ++this.lastDomainId
    guest.qemu = this.startQemu(guest)
    for (const nic of nics) await this.plugTap(guest, nic)
    this.keepConsole(guest, machine)
  }

  /** `virDomainMigrate`, where it goes to: a domain that waits for its memory, its taps open and in their bridges. */
  async createIncoming(guest: Guest): Promise<void> {
    const { agent } = this
    const taps = guest.nics.map(({ tap }) => tap)
    for (const tap of taps) await agent.run(['ip', 'tuntap', 'add', 'dev', tap, 'mode', 'tap'], LIBVIRT)
    this.host.holdTaps(agent.machine, taps)
    guest.domainId = ++this.lastDomainId
    guest.qemu = this.startQemu(guest, ['-incoming', 'defer'])
    for (const nic of guest.nics) await this.plugTap(guest, nic)
  }

  /** The other end of it: the domain ends here, its machine lives on. */
  handOver(guest: Guest): Machine | null {
    const { machine, qemu } = guest
    guest.machine = null
    guest.qemu = null
    qemu?.kill('KILL')
    return machine
  }

  /** The memory is here: the machine runs behind this host's taps, and its MACs are announced. */
  adopt(guest: Guest, machine: Machine): void {
    this.host.moveGuest(machine, this.agent.machine)
    guest.machine = machine
    this.keepConsole(guest, machine)
    this.agent.write(`${this.style.folder(guest.server)}/libvirt.xml`, this.xmlOf(guest))
    this.announceSelf(guest, machine, 0)
  }

  /** The monitor's `announce_self`, several times. */
  announceAgain(guest: Guest, count: number, intervalUs: number): void {
    const { machine } = guest
    if (machine !== null) for (let i = 1; i <= count; i++) this.announceSelf(guest, machine, i * intervalUs)
  }

  private announceSelf(guest: Guest, machine: Machine, startUs: number): void {
    let atUs = startUs
    for (const delayUs of ANNOUNCE_US) {
      atUs += delayUs
      this.agent.machine.sim.scheduler.after(atUs, () => this.announce(guest, machine))
    }
  }

  private announce(guest: Guest, machine: Machine): void {
    if (guest.machine === machine) for (const nic of guest.nics) this.host.announceNic(machine, nic)
  }

  private keepConsole(guest: Guest, machine: Machine): void {
    const console = `${this.style.folder(guest.server)}/console.log`
    machine.onConsole((text) => {
      if (guest.machine === machine) this.agent.machine.files.write(console, text, { append: true })
    })
  }

  resume(guest: Guest): void {
    const { machine } = guest
    if (machine === null) return
    if (machine.image.family === 'cirros') runCirrosInit(machine)
    else runCloudImageInit(machine)
  }

  private startQemu(guest: Guest, more: readonly string[] = []): Process {
    const qemu = this.agent.machine.daemon([...qemuWords(guest, this.xmlOf(guest)), ...more], async (proc) => {
      await proc.wait(() => {})
      return 0
    })
    qemu.atExit(() => {
      if (guest.qemu === qemu) void this.crashed(guest)
    })
    return qemu
  }

  /** Somebody killed qemu: the kernel takes the taps away, libvirt tells nova-compute, which notes that the server is off. */
  private async crashed(guest: Guest): Promise<void> {
    await this.stop(guest).catch(() => {})
    const { server } = guest
    if (this.agent.proc.isDone || server.status !== 'ACTIVE') return
    server.status = 'SHUTOFF'
    server.updatedUs = this.agent.machine.sim.nowUs
  }

  async stop(guest: Guest): Promise<void> {
    const { qemu } = guest
    guest.qemu = null
    qemu?.kill('KILL')
    if (guest.machine !== null) this.host.removeGuest(guest.machine)
    guest.machine = null
    for (const nic of guest.nics) await this.removeTap(nic)
  }

  async attach(guest: Guest, nic: GuestNic): Promise<void> {
    guest.nics = [...guest.nics, nic]
    this.writeXml(guest)
    if (guest.machine === null) return
    await this.agent.run(['ip', 'tuntap', 'add', 'dev', nic.tap, 'mode', 'tap'], LIBVIRT)
    this.host.addNic(guest.machine, this.agent.machine, nic)
    await this.plugTap(guest, nic)
  }

  async detach(guest: Guest, tap: string): Promise<void> {
    const nic = guest.nics.find((row) => row.tap === tap)
    if (nic === undefined) return
    guest.nics = guest.nics.filter((row) => row !== nic)
    this.writeXml(guest)
    if (guest.machine === null) return
    this.host.removeNic(guest.machine, nic)
    await this.removeTap(nic)
  }

  console(server: Server): string {
    return this.guests.get(server.id)?.machine?.consoleLog ?? ''
  }

  private writeXml(guest: Guest): void {
    this.agent.write(`${this.style.folder(guest.server)}/libvirt.xml`, this.xmlOf(guest))
  }

  private async plugTap({ server }: Guest, { tap, mac, mtu, bridge, ovsPort }: GuestNic): Promise<void> {
    const { agent } = this
    await agent.run(['ip', 'link', 'set', tap, 'address', formatMac(hostSideMac(mac))], LIBVIRT)
    // libvirt gives the tap its bridge's MTU.
    if (mtu !== DEFAULT_MTU) await agent.run(['ip', 'link', 'set', tap, 'mtu', String(mtu)], LIBVIRT)
    if (ovsPort === null) await agent.run(['brctl', 'addif', bridge, tap], LIBVIRT)
    else {
      const ids = [`attached-mac="${formatMac(mac)}"`, `iface-id="${ovsPort}"`, `vm-id="${server.id}"`, 'iface-status=active']
      const set = ids.flatMap((id) => ['--', 'set', 'Interface', tap, `external-ids:${id}`])
      await agent.run(['ovs-vsctl', '--timeout=5', '--', '--if-exists', 'del-port', tap, '--', 'add-port', bridge, tap, ...set], LIBVIRT)
    }
    await agent.run(['ip', 'link', 'set', tap, 'up'], LIBVIRT)
  }

  private async removeTap({ tap, ovsPort }: GuestNic): Promise<void> {
    if (ovsPort !== null) await this.agent.run(['ovs-vsctl', '--timeout=5', '--', '--if-exists', 'del-port', tap], LIBVIRT_END)
    await this.agent.run(['ip', 'tuntap', 'del', 'dev', tap, 'mode', 'tap'], LIBVIRT_END)
  }
}

/** libvirt gives the tap the guest's MAC with the first byte fe, so that it is never the bridge's lowest. */
function hostSideMac(mac: MacAddress): MacAddress {
  return 0xfe0000000000 + (mac % 0x10000000000)
}
