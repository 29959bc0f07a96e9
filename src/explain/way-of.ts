// From a packet's trace to its way: pure, reads the references that the events hold.
import type { PacketTrace } from '../trace/packet-trace.js'
import type { Way } from './way.js'

export function wayOf(_trace: PacketTrace): Way {
  throw new Error('wayOf: being built')
}
