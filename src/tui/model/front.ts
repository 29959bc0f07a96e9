// What stands in place of the panes while it is open: the map, the packet view. Their code is loaded with the first of them.
import type { Key } from '../terminal/keys.js'

export interface Front {
  readonly kind: 'map' | 'packets'
  /** For the last row of the screen. */
  readonly keys: readonly (readonly [string, string])[]
  /** False: the key is for who is behind (function keys, Ctrl-G). */
  press(key: Key): boolean
  /** A packet to begin with; null: the last one. */
  show(packet: number | null): void
  rows(width: number, height: number): string[]
}
