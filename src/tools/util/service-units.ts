// The services that the init system of a machine knows, wherever they come from: a cloud's agents, Open vSwitch, plain daemons.

import { cloudServicesOn } from '../../cloud/services.js'
import { ownOf } from '../../grammar/own-of.js'
import { openvswitchOn } from '../../node/daemons/openvswitch.js'
import { ovsRestarts } from '../../node/daemons/openvswitch-start.js'
import type { Machine } from '../../node/machine.js'
import type { Process } from '../../node/process.js'

export interface ServiceUnit {
  readonly name: string
  readonly description: string
  /** Null while it is stopped. */
  process(): Process | null
  /** False: the job only starts daemons and has no process of its own. */
  readonly showsPid: boolean
  /** Null: netlab cannot start or stop it. */
  readonly control: { start(): void; stop(): void } | null
}

/** Jobs and units that are called otherwise than their programs. */
const PROGRAMS: Readonly<Record<string, string>> = {
  ssh: 'sshd',
  network: 'init',
  networking: 'init',
  'libvirt-bin': 'libvirtd',
  keystone: 'keystone-all',
}

const DAEMONS: Readonly<Record<string, string>> = {
  sshd: 'OpenSSH server daemon',
  ssh: 'OpenBSD Secure Shell server',
  libvirtd: 'Virtualization daemon',
}

const OVS_UNITS = new Set(['openvswitch-switch', 'openvswitch', 'ovs-vswitchd', 'ovsdb-server'])

/** All that are worth listing, by name. */
export function serviceUnits(machine: Machine): ServiceUnit[] {
  const { family } = machine.image
  const plain = family === 'redhat' ? ['sshd', 'libvirtd'] : ['ssh', 'libvirt-bin']
  const ovs = family === 'redhat' ? 'openvswitch' : 'openvswitch-switch'
  const units = [...cloudServicesOn(machine).map(cloudUnit)]
  for (const name of [...plain, ovs]) {
    const unit = findUnit(machine, name)
    if (unit !== null && (unit.control !== null || unit.process() !== null)) units.push(unit)
  }
  return units.sort((a, b) => (a.name < b.name ? -1 : 1))
}

export function findUnit(machine: Machine, word: string): ServiceUnit | null {
  const name = word.replace(/\.service$/, '')
  const own = cloudServicesOn(machine).find((service) => service.name === name)
  if (own !== undefined) return cloudUnit(own)
  if (OVS_UNITS.has(name)) return openvswitchUnit(machine, name)
  // A program of a cloud goes by its job's name only.
  const hasCloud = cloudServicesOn(machine).length > 0
  if (hasCloud && /^(neutron|nova|openstack|keystone|glance)/.test(name)) return null
  const wanted = (ownOf(PROGRAMS, name) ?? name).slice(0, 15)
  const process = [...machine.processes.values()].find((other) => other.comm === wanted && (other.ppid === 1 || other.pid === 1)) ?? null
  const isKnown = process !== null || /^(nova-[a-z]+|libvirt-bin|keystone|ssh)$/.test(name)
  if (!isKnown) return null
  return { name, description: ownOf(DAEMONS, name) ?? name, process: () => process, showsPid: true, control: null }
}

function cloudUnit(service: ReturnType<typeof cloudServicesOn>[number]): ServiceUnit {
  return {
    name: service.name,
    description: service.description,
    process: () => service.process(),
    showsPid: true,
    control: { start: () => service.start(), stop: () => service.process()?.kill('TERM') },
  }
}

/** Upstart's job only starts it and has no process; systemd's units are two daemons behind one that does nothing. */
function openvswitchUnit(machine: Machine, name: string): ServiceUnit | null {
  const service = openvswitchOn(machine)
  if (service === null) return null
  const program = name === 'ovsdb-server' ? name : 'ovs-vswitchd'
  return {
    name,
    description:
      name === 'ovsdb-server' ? 'Open vSwitch Database Unit' : name === 'ovs-vswitchd' ? 'Open vSwitch Forwarding Unit' : 'Open vSwitch',
    process: () => [...machine.processes.values()].find((other) => other.comm === program) ?? null,
    showsPid: ovsRestarts(machine.image) === 'systemd',
    control: { start: () => service.start(), stop: () => service.stop() },
  }
}
