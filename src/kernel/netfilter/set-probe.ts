// What a packet offers to an ipset, by the directions a rule names.
import { isPorted } from '../../wire/ipv4.js'
import type { HookState } from './hook-state.js'
import type { SetProbe } from './ipset.js'

export function probeOf(state: HookState, directions: readonly string[]): SetProbe {
  const { ip, pkt } = state
  const { payload } = ip
  const addresses: number[] = []
  const ports: number[] = []
  for (const direction of directions) {
    addresses.push(direction === 'src' ? ip.src : ip.dst)
    ports.push(portOf(payload, direction))
  }
  // In `src,dst` for address and port, the second word names the port's side.
  const port = ports.length > 1 ? ports[1]! : (ports[0] ?? 0)
  return {
    addresses: [addresses[0] ?? 0, addresses[2] ?? addresses[1] ?? 0],
    proto: ip.proto,
    ports: [port],
    mac: pkt.frame.src,
    nowUs: state.nowUs,
  }
}

function portOf(payload: HookState['ip']['payload'], direction: string): number {
  if (payload instanceof Uint8Array) return 0
  if (payload.kind === 'icmp') return (payload.type << 8) | payload.code
  if (!isPorted(payload)) return 0
  return direction === 'src' ? payload.sport : payload.dport
}
