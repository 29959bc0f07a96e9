// What happens to addresses, routes, neighbours and ports when a device changes (Linux: the netdevice notifier chain).

import { addrconfDeviceEvent } from './addrconf.js'
import { announceAddress } from './arp.js'
import { BridgeDevice } from './dev/bridge.js'
import { VlanDevice } from './dev/vlan.js'
import { VxlanDevice } from './dev/vxlan.js'
import { inetDeviceEvent } from './devinet.js'
import { fibDeviceEvent } from './fib-device.js'
import type { DeviceEvent, NetDevice } from './netdev.js'

export function deviceEvent(dev: NetDevice, event: DeviceEvent): void {
  dev.netns.fib.touch()
  inetDeviceEvent(dev, event)
  fibDeviceEvent(dev, event)
  neighbourEvent(dev, event)
  if ((event === 'up' || event === 'changeaddr') && dev.isUp && notifies(dev)) announceAddress(dev)
  addrconfDeviceEvent(dev, event)
  if (dev.master instanceof BridgeDevice) dev.master.portEvent(dev, event, dev.lastMac ?? dev.mac)
  dev.rxHandler?.deviceEvent?.(dev, event)
  if (dev.vlans !== null) for (const vlan of [...dev.vlans.values()]) if (vlan instanceof VlanDevice) vlan.followLower(event)
  if (event === 'unregister' && !dev.isMoving) removeTunnelsOver(dev)
  if (event === 'register' || event === 'changeaddr') dev.lastMac = dev.mac
}

/** A VXLAN device that was bound to a device goes with it. */
function removeTunnelsOver(lower: NetDevice): void {
  for (const netns of lower.netns.kernel.namespaces)
    for (const dev of [...netns.devicesByIndex.values()])
      if (dev instanceof VxlanDevice && dev.config.lower === lower) netns.removeDevice(dev)
}

function neighbourEvent(dev: NetDevice, event: DeviceEvent): void {
  const { neigh } = dev.netns
  switch (event) {
    case 'down':
    case 'unregister':
    case 'changeaddr':
      neigh.flushDevice(dev, 'all')
      break
    case 'change':
      if (!dev.carrier && dev.conf.arp_evict_nocarrier !== 0 && dev.netns.confAll.arp_evict_nocarrier !== 0)
        neigh.flushDevice(dev, 'not-permanent')
      break
    case 'register':
    case 'up':
    case 'going-down':
    case 'changemtu':
    case 'changename':
      break
  }
}

/** arp_notify: tell the link about a new place or a new MAC. */
function notifies(dev: NetDevice): boolean {
  return dev.conf.arp_notify !== 0 || dev.netns.confAll.arp_notify !== 0
}
