// A cable or a switched segment between machines: what physical NICs (and the far side of a tap) hang on.
import type { Packet } from './packet.js'
import type { Simulation } from './simulation.js'

/** What is plugged into a wire. */
export interface WireEnd {
  readonly name: string
  /** A frame arrives from the wire. */
  fromWire(pkt: Packet): void
  /** The far side came or went. */
  wireCarrier(on: boolean): void
}

export interface WireOptions {
  /** One way, in microseconds. */
  delayUs?: number
  /** 0..1 */
  loss?: number
  /** Longest payload of a frame that passes; 0: any. */
  mtu?: number
  /** A hub shows every frame to every end; a switch learns (default). */
  hub?: boolean
}

/** How the switch port behind an end treats tags. */
export interface WirePortOptions {
  /** VLAN of untagged frames (0: they stay untagged, in no VLAN). */
  access?: number
  /** Tags that pass; null: all. */
  trunk?: readonly number[] | null
}

export class Wire {
  constructor(
    readonly sim: Simulation,
    readonly name: string,
    readonly options: WireOptions = {},
  ) {}

  attach(_end: WireEnd, _port: WirePortOptions = {}): void {
    throw new Error('not built yet')
  }

  detach(_end: WireEnd): void {
    throw new Error('not built yet')
  }

  /** A frame enters at `end`. */
  send(_end: WireEnd, _pkt: Packet): void {
    throw new Error('not built yet')
  }
}
