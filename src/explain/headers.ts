// The header fields of a frame as rows, and what differs between two frames.
import type { EthernetFrame } from '../wire/ethernet.js'

export interface HeaderRow {
  readonly layer: string
  readonly field: string
  readonly value: string
}

export interface HeaderChange {
  readonly layer: string
  readonly field: string
  /** null: the field was not there. */
  readonly before: string | null
  readonly after: string | null
}

export function headerRows(_frame: EthernetFrame): readonly HeaderRow[] {
  throw new Error('headerRows: being built')
}

export function headerDiff(_before: EthernetFrame, _after: EthernetFrame): readonly HeaderChange[] {
  throw new Error('headerDiff: being built')
}
