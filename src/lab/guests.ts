// Machines that a cloud switches on and off while the lab runs: each a node of the lab behind taps of its hypervisor.
import type { CloudHost, GuestNicSpec, GuestSpec, SleepingNode } from '../cloud/host.js'
import { announceAddress } from '../kernel/arp.js'
import { PhysicalDevice } from '../kernel/dev/physical.js'
import { TapDevice, type TapReader } from '../kernel/dev/tap.js'
import { drop, newPacket, type Packet } from '../kernel/packet.js'
import { Wire } from '../kernel/wire.js'
import { nicName } from '../node/daemons/netplan.js'
import type { Machine } from '../node/machine.js'
import { buildMachine, type Surroundings } from '../scenario/builder.js'
import { startService } from '../scenario/services.js'
import { rarpAnnouncement } from '../wire/rarp.js'

/** Between a guest's NIC and the program that reads its tap. */
const VIRTIO_US = 20

export class Guests implements CloudHost {
  /** What each guest's hypervisor holds open for it, by the name of the tap. */
  private readonly taps = new WeakMap<Machine, Map<string, TapDevice>>()

  constructor(
    private readonly machines: Map<string, Machine>,
    private readonly around: Surroundings,
    private readonly changed: (change: 'node-added' | 'node-removed', node: string) => void,
    private readonly sleepers: { asleep(name: string): SleepingNode | null } | null = null,
  ) {}

  asleep(name: string): SleepingNode | null {
    return this.sleepers?.asleep(name) ?? null
  }

  machine(name: string): Machine | null {
    return this.machines.get(name) ?? null
  }

  addGuest(guest: GuestSpec): Machine {
    const { sim } = this.around
    const name = this.freeName(guest.name)
    const machine = buildMachine({ name, image: guest.image, hostname: guest.hostname, user: 'root' }, this.around, -sim.nowUs)
    machine.parent = guest.host
    this.taps.set(machine, new Map())
    for (const nic of guest.nics) this.addNic(machine, guest.host, nic)
    for (const service of guest.services) startService(service, machine)
    this.machines.set(name, machine)
    this.changed('node-added', name)
    return machine
  }

  addNic(machine: Machine, host: Machine, { tap, mac }: GuestNicSpec): void {
    const netns = machine.kernel.initNetns
    const device = new PhysicalDevice(netns, freeNicName(machine), mac)
    netns.addDevice(device)
    const wire = new Wire(this.around.sim, `${host.name}/${tap}`, { delayUs: VIRTIO_US })
    device.plugInto(wire)
    const end = host.kernel.initNetns.deviceByName(tap)
    if (!(end instanceof TapDevice)) return
    end.plugInto(wire, true)
    this.taps.get(machine)?.set(tap, end)
  }

  holdTaps(host: Machine, taps: readonly string[]): void {
    for (const tap of taps) {
      const device = host.kernel.initNetns.deviceByName(tap)
      if (device instanceof TapDevice) device.open(new NobodyYet(device), true)
    }
  }

  moveGuest(machine: Machine, host: Machine): void {
    const before = this.taps.get(machine)
    const now = new Map<string, TapDevice>()
    for (const [tap, old] of before ?? []) {
      const end = host.kernel.initNetns.deviceByName(tap)
      const nic = old.wiredTo
      old.close()
      if (!(end instanceof TapDevice) || !(nic instanceof PhysicalDevice)) continue
      const wire = new Wire(this.around.sim, `${host.name}/${tap}`, { delayUs: VIRTIO_US })
      nic.moveTo(wire)
      end.plugInto(wire, true)
      now.set(tap, end)
    }
    this.taps.set(machine, now)
    machine.parent = host
  }

  announceNic(machine: Machine, { tap, mac }: GuestNicSpec): void {
    const end = this.taps.get(machine)?.get(tap)
    if (end === undefined) return
    end.fromWire(newPacket(this.around.sim, end, rarpAnnouncement(mac)))
    const nic = end.wiredTo
    if (nic instanceof PhysicalDevice && nic.isUp) announceAddress(nic)
  }

  removeNic(machine: Machine, { tap, mac }: GuestNicSpec): void {
    const taps = this.taps.get(machine)
    taps?.get(tap)?.close()
    taps?.delete(tap)
    for (const netns of machine.kernel.namespaces) {
      for (const device of [...netns.devices]) {
        if (!(device instanceof PhysicalDevice) || device.permanentMac !== mac) continue
        device.unplug()
        netns.removeDevice(device)
      }
    }
  }

  removeGuest(machine: Machine): void {
    for (const proc of [...machine.processes.values()]) if (proc !== machine.init) proc.kill('KILL')
    for (const netns of machine.kernel.namespaces) {
      for (const device of netns.devices) if (device instanceof PhysicalDevice) device.unplug()
    }
    for (const tap of this.taps.get(machine)?.values() ?? []) tap.close()
    if (this.machines.get(machine.name) !== machine) return
    this.machines.delete(machine.name)
    this.changed('node-removed', machine.name)
  }

  private freeName(wanted: string): string {
    if (!this.machines.has(wanted)) return wanted
    for (let i = 2; ; i++) if (!this.machines.has(`${wanted}-${i}`)) return `${wanted}-${i}`
  }
}

/** A hypervisor that has the tap open for a guest that does not run there yet. */
class NobodyYet implements TapReader {
  constructor(private readonly device: TapDevice) {}

  fromTap(pkt: Packet): void {
    drop(pkt, 'TAP_NO_READER', this.device)
  }
}

function freeNicName(machine: Machine): string {
  for (let i = 0; ; i++) {
    const name = nicName(machine.image, i)
    if (machine.kernel.initNetns.deviceByName(name) === null) return name
  }
}
