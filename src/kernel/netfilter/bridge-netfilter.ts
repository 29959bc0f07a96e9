// Bridged IPv4 frames through the IP hooks when net.bridge.bridge-nf-call-iptables is 1.
import type { NetDevice } from '../netdev.js'
import type { Packet } from '../packet.js'
import type { Hook } from './hook-state.js'

/**
 * Called by dev/bridge.ts: PREROUTING when a frame enters by port `inPort` (`outPort` null), FORWARD between two ports,
 * POSTROUTING before it leaves by `outPort`. The bridge is `port.master`. Sets `physIn`, `physOut`, `bridgePrerouted`.
 * True: go on with `pkt` (its frame may be another now). False: the packet is gone.
 */
export function bridgeHook(_pkt: Packet, _hook: Hook, _inPort: NetDevice | null, _outPort: NetDevice | null): boolean {
  return true
}
