// What a cloud needs of the lab that it runs in: machines by name, and machines that come and go as its servers do.
import type { MacAddress } from '../addr/mac.js'
import type { Machine } from '../node/machine.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import type { GuestService } from './spec.js'

/** A guest's NIC, and the tap device on the hypervisor that it is plugged into. */
export interface GuestNicSpec {
  readonly tap: string
  readonly mac: MacAddress
}

export interface GuestSpec {
  /** Wanted name in the lab; another is found when it is taken. */
  readonly name: string
  readonly hostname: string
  /** Name of an image, see node/images.ts. */
  readonly image: string
  /** The hypervisor. */
  readonly host: Machine
  /** eth0, eth1 and so on. */
  readonly nics: readonly GuestNicSpec[]
  /** What its owner runs in it beside the image's own. */
  readonly services: readonly GuestService[]
}

/** A node that is made when somebody touches it. */
export interface SleepingNode {
  readonly name: string
  readonly hostname: string
  /** Of its first NIC. */
  readonly address: string
  /** Resolves when it is there. */
  wake(): Promise<void>
}

export interface CloudHost {
  machine(name: string): Machine | null
  asleep(name: string): SleepingNode | null
  /** A powered-on machine without processes; `parent` is the hypervisor. */
  addGuest(guest: GuestSpec): Machine
  /** Power off and gone: its processes end, its NICs leave their taps. */
  removeGuest(machine: Machine): void
  /** Opens taps on a host for a guest that is yet to come: they have carrier, what they are given is lost. */
  holdTaps(host: Machine, taps: readonly string[]): void
  /** The guest goes on behind its taps on another host, its kernel none the wiser; the old taps are closed. */
  moveGuest(machine: Machine, host: Machine): void
  /** The hypervisor says for a guest's NIC where its MAC is now, and has the guest say it too. */
  announceNic(machine: Machine, nic: GuestNicSpec): void
  /** One NIC more, one less, while it runs. */
  addNic(machine: Machine, host: Machine, nic: GuestNicSpec): void
  removeNic(machine: Machine, nic: GuestNicSpec): void
}

/** A running cloud, as the lab sees it. */
export interface Cloud {
  /** Resolves when the agents have done what they do at start. */
  settled(): Promise<void>
  /** null: all its nodes are there from the start. */
  readonly sleep: CloudSleep | null
}

/** What a cloud knows of its nodes that sleep. */
export interface CloudSleep {
  /** Its agents start on the machine that has just been switched on, and its servers are booted. */
  wake(node: string): Promise<void>
  /** Somebody on the node would take the frame: a server, a router, a DHCP server. */
  concerns(node: string, frame: EthernetFrame): boolean
  /** The sleeping node that has the server which the lab calls so. */
  hostOf(server: string): string | null
}
