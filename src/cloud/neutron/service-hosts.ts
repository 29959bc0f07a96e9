// The machines of nova's processes as its API shows them, awake or asleep.
import { ANY_IPV4, formatIpv4, LOOPBACK_IPV4 } from '../../addr/ipv4.js'
import type { Machine } from '../../node/machine.js'
import type { Agent } from '../agent.js'
import type { SleepingNode } from '../host.js'
import type { NovaService } from './nova/host-rest.js'

/** A process of nova's as its API shows it. */
export interface ServiceHost {
  readonly name: string
  readonly hostname: string
  readonly clockUs: number
  readonly clockStartUs: number
  readonly address: string
}

function serviceHostOf(machine: Machine, address: string): ServiceHost {
  const { name, hostname, clockStartUs, clockUs } = machine
  return { name, hostname, clockStartUs, clockUs, address }
}

export function serviceOf({ name, machine, proc }: Agent): NovaService {
  return { binary: name, machine: serviceHostOf(machine, addressOf(machine)), isAlive: () => !proc.isDone }
}

export function sleepingService({ name, hostname, address }: SleepingNode, { clockUs, clockStartUs }: Machine): NovaService {
  return { binary: 'nova-compute', machine: { name, hostname, clockUs, clockStartUs, address }, isAlive: () => true }
}

/** Where clients reach a node: its first address that is not of the loopback. */
export function addressOf(machine: Machine): string {
  for (const device of machine.kernel.initNetns.devices) {
    for (const { local } of device.addresses) if (local !== LOOPBACK_IPV4 && local !== ANY_IPV4) return formatIpv4(local)
  }
  return formatIpv4(LOOPBACK_IPV4)
}
