// The families of substitutes, in the order in which they are asked.
import type { Substitute } from './substitute.js'
import { clients } from './substitutes-clients.js'
import { gratuitousArp, metadataProxies, modules, signals } from './substitutes-daemons.js'
import { drawnAddresses, taps, vlanDevices } from './substitutes-devices.js'
import { ifupdown, leaseScripts, numbers } from './substitutes-nova-network.js'
import { bootWithSwitch, switchCommands } from './substitutes-openvswitch.js'

export const SUBSTITUTES: readonly Substitute[] = [
  bootWithSwitch,
  switchCommands,
  taps,
  vlanDevices,
  drawnAddresses,
  signals,
  metadataProxies,
  gratuitousArp,
  modules,
  leaseScripts,
  numbers,
  ifupdown,
  clients,
]
