// Questions about the whole world that a diagnosis asks: who has this address, who has this MAC, and by which port of a switch.
import type { Ipv4Address } from '../../addr/ipv4.js'
import type { MacAddress } from '../../addr/mac.js'
import { BridgePort } from '../../kernel/dev/bridge-port.js'
import { VethDevice } from '../../kernel/dev/veth.js'
import { NetDevice } from '../../kernel/netdev.js'
import type { NetNamespace } from '../../kernel/netns.js'
import type { Wire } from '../../kernel/wire.js'
import { DevicePort } from '../../ovs/device-port.js'
import { OvsInternalDevice } from '../../ovs/internal-device.js'
import type { OfPort } from '../../ovs/ports.js'
import type { ProbeWorld } from '../probe.js'

export function* allDevices({ kernels }: ProbeWorld): Generator<NetDevice> {
  for (const kernel of kernels.values()) {
    for (const netns of kernel.namespaces) yield* netns.devicesByIndex.values()
  }
}

/** Devices that have the address, on loopbacks of addresses of one's own too. */
export function ownersOf(world: ProbeWorld, address: Ipv4Address): NetDevice[] {
  return [...allDevices(world)].filter((dev) => dev.addresses.some(({ local }) => local === address))
}

export function isMacKnown(world: ProbeWorld, mac: MacAddress): boolean {
  for (const dev of allDevices(world)) if (dev.mac === mac) return true
  return false
}

/** The port of a switch that the device hangs on, through taps, Linux bridges and veth pairs; null: none. */
export function switchPortOf(dev: NetDevice, depth = 0): OfPort | null {
  if (dev instanceof OvsInternalDevice) return dev.port
  if (dev.rxHandler instanceof DevicePort) return dev.rxHandler.port
  if (depth > 4) return null
  if (dev.rxHandler instanceof BridgePort) {
    for (const { dev: other } of dev.rxHandler.bridge.ports) {
      const found = other === dev ? null : switchPortBehind(other, depth + 1)
      if (found !== null) return found
    }
    return null
  }
  return switchPortBehind(dev, depth + 1)
}

/** At the other end of the device's pair or wire. */
function switchPortBehind(dev: NetDevice, depth: number): OfPort | null {
  if (dev instanceof VethDevice) return dev.peer === null ? null : switchPortOf(dev.peer, depth)
  const wire = (dev as unknown as { wire?: Wire | null }).wire ?? null
  if (wire === null || wire.ends.length !== 2) return null
  const other = wire.ends.find((end) => (end as unknown) !== dev)
  return other instanceof NetDevice ? switchPortOf(other, depth) : null
}

export function netnsText({ kernel, name }: NetNamespace): string {
  return name === '' ? kernel.name : `${kernel.name} ${name}`
}
