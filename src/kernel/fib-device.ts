// Routes follow the state of their devices: dead when down, linkdown without carrier (Linux: fib_sync_down_dev, fib_sync_up).
import { fibAddAddress } from './fib-frontend.js'
import type { DeviceEvent, NetDevice } from './netdev.js'

export function fibDeviceEvent(dev: NetDevice, event: DeviceEvent): void {
  const { fib } = dev.netns
  switch (event) {
    case 'up':
      for (const address of dev.addresses) fibAddAddress(dev, address)
      fib.revive(dev)
      break
    case 'down':
      fib.flushDevice(dev, false)
      break
    case 'unregister':
      fib.flushDevice(dev, true)
      break
    case 'change':
      fib.setLinkdown(dev, !dev.carrier)
      break
    case 'register':
    case 'going-down':
    case 'changeaddr':
    case 'changemtu':
    case 'changename':
      break
  }
}
