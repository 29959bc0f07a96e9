// Two hosts whose switches have no tunnel between them.
import type { OfPort } from '../../ovs/ports.js'
import { isTunnelKind } from '../../ovs/tunnel.js'
import type { VSwitch } from '../../ovs/vswitch.js'
import type { Fault } from '../way.js'

/** The port of `from` whose remote end is an address of `to`; null: there is none. */
export function tunnelTo(from: VSwitch, to: VSwitch): OfPort | null {
  const { fib } = to.kernel.initNetns
  for (const bridge of from.bridges.values()) {
    for (const port of bridge.portList) {
      const remote = port.tunnel?.remote
      if (isTunnelKind(port.kind) && typeof remote === 'number' && fib.isLocal(remote)) return port
    }
  }
  return null
}

export function tunnelMissing(from: VSwitch, to: VSwitch): Fault {
  const bridge = from.bridges.has('br-tun') ? 'br-tun' : ([...from.bridges.keys()][0] ?? 'the switch')
  return {
    id: 'tunnel-missing',
    node: from.kernel.name,
    netns: '',
    object: `no tunnel port of ${bridge} to ${to.kernel.name}`,
    why: `The other end is on ${to.kernel.name}, and ${bridge} of ${from.kernel.name} has no tunnel to it.`,
    command: 'ovs-vsctl show',
    likely: [],
  }
}
