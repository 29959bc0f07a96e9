// MAC addresses of ports without a device (patch ports, tunnels): nobody uses them, but listings show one.
import type { MacAddress } from '../addr/mac.js'
import type { OfPort } from './ports.js'

/** Random, and always the same for a port. */
export function virtualMac(port: OfPort): MacAddress {
  let mac = port.virtualMac
  if (mac === null) {
    const { kernel } = port.bridge.vswitch
    const random = kernel.random.fork(`${kernel.name}/${port.name}`)
    mac = ((random.below(256) & 0xfe) | 0x02) * 0x10000000000 + random.below(256) * 0x100000000 + random.uint32()
    port.virtualMac = mac
  }
  return mac
}
