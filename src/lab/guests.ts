// Machines that a cloud switches on and off while the lab runs: each a node of the lab behind a tap of its hypervisor.
import type { CloudHost, GuestSpec } from '../cloud/host.js'
import { PhysicalDevice } from '../kernel/dev/physical.js'
import { TapDevice } from '../kernel/dev/tap.js'
import { Wire } from '../kernel/wire.js'
import type { Machine } from '../node/machine.js'
import { buildMachine, type Surroundings } from '../scenario/builder.js'

/** Between a guest's NIC and the program that reads its tap. */
const VIRTIO_US = 20

export class Guests implements CloudHost {
  /** What each guest's hypervisor holds open for it. */
  private readonly taps = new WeakMap<Machine, TapDevice>()

  constructor(
    private readonly machines: Map<string, Machine>,
    private readonly around: Surroundings,
    private readonly changed: (change: 'node-added' | 'node-removed', node: string) => void,
  ) {}

  machine(name: string): Machine | null {
    return this.machines.get(name) ?? null
  }

  addGuest(guest: GuestSpec): Machine {
    const { sim } = this.around
    const name = this.freeName(guest.name)
    const machine = buildMachine({ name, image: guest.image, hostname: guest.hostname, user: 'root' }, this.around, -sim.nowUs)
    machine.parent = guest.host
    const netns = machine.kernel.initNetns
    const nic = new PhysicalDevice(netns, 'eth0', guest.mac)
    netns.addDevice(nic)
    const tap = guest.host.kernel.initNetns.deviceByName(guest.tap)
    const wire = new Wire(sim, `${guest.host.name}/${guest.tap}`, { delayUs: VIRTIO_US })
    nic.plugInto(wire)
    if (tap instanceof TapDevice) {
      tap.plugInto(wire, true)
      this.taps.set(machine, tap)
    }
    this.machines.set(name, machine)
    this.changed('node-added', name)
    return machine
  }

  removeGuest(machine: Machine): void {
    for (const proc of [...machine.processes.values()]) if (proc !== machine.init) proc.kill('KILL')
    for (const netns of machine.kernel.namespaces) {
      for (const device of netns.devices) if (device instanceof PhysicalDevice) device.unplug()
    }
    this.taps.get(machine)?.close()
    if (this.machines.get(machine.name) !== machine) return
    this.machines.delete(machine.name)
    this.changed('node-removed', machine.name)
  }

  private freeName(wanted: string): string {
    if (!this.machines.has(wanted)) return wanted
    for (let i = 2; ; i++) if (!this.machines.has(`${wanted}-${i}`)) return `${wanted}-${i}`
  }
}
