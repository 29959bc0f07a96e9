// The handler that a port of the switch hangs on its device.
import type { RxHandler } from '../kernel/netdev.js'
import type { Packet } from '../kernel/packet.js'
import type { OfPort } from './ports.js'

export class DevicePort implements RxHandler {
  constructor(readonly port: OfPort) {}

  handleFrame(pkt: Packet): boolean {
    this.port.bridge.receive(pkt, this.port)
    return true
  }
}
