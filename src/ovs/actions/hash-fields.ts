// Which fields bundle and multipath hash.
import type { HashFields } from './action.js'

const NAMES: readonly HashFields[] = ['eth_src', 'symmetric_l4', 'symmetric_l3l4', 'symmetric_l3l4+udp', 'nw_src', 'nw_dst', 'symmetric_l3']

export function parseHashFields(text: string): HashFields | null {
  return NAMES.find((name) => name === text.toLowerCase()) ?? null
}
