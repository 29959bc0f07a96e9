// What a cloud needs of the lab that it runs in: machines by name, and machines that come and go as its servers do.
import type { MacAddress } from '../addr/mac.js'
import type { Machine } from '../node/machine.js'

export interface GuestSpec {
  /** Wanted name in the lab; another is found when it is taken. */
  readonly name: string
  readonly hostname: string
  /** Name of an image, see node/images.ts. */
  readonly image: string
  /** The hypervisor, and the tap device on it that the guest's eth0 is plugged into. */
  readonly host: Machine
  readonly tap: string
  readonly mac: MacAddress
}

export interface CloudHost {
  machine(name: string): Machine | null
  /** A powered-on machine without processes; `parent` is the hypervisor. */
  addGuest(guest: GuestSpec): Machine
  /** Power off and gone: its processes end, its NIC leaves the tap. */
  removeGuest(machine: Machine): void
}

/** A running cloud, as the lab sees it. */
export interface Cloud {
  /** Resolves when the agents have done what they do at start. */
  settled(): Promise<void>
}
