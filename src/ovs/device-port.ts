// The handler that a port of the switch hangs on its device.

import type { DeviceEvent, NetDevice, RxHandler } from '../kernel/netdev.js'
import type { Packet } from '../kernel/packet.js'
import { Copied } from '../sim/copied.js'
import type { OfPort } from './ports.js'

export class DevicePort extends Copied implements RxHandler {
  constructor(readonly port: OfPort) {
    super()
  }

  handleFrame(pkt: Packet): boolean {
    this.port.bridge.receive(pkt, this.port)
    return true
  }

  /** A device that goes away, or to another namespace, is no port any more. */
  deviceEvent(_dev: NetDevice, event: DeviceEvent): void {
    if (event === 'unregister') this.port.bridge.removePort(this.port)
  }
}
