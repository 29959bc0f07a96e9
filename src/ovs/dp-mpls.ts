// Labels of packets: the datapath works on their bytes, in front of the network packet and behind VLAN tags.
import { decodeFrame } from '../wire/decode.js'
import { encodeFrame } from '../wire/encode.js'
import { EthernetFrame } from '../wire/ethernet.js'
import { isMplsType } from './mpls.js'

function headerSize(frame: EthernetFrame): number {
  return 14 + 4 * frame.vlans.length
}

function lseBytes(lse: number): number[] {
  return [lse >>> 24, (lse >>> 16) & 0xff, (lse >>> 8) & 0xff, lse & 0xff]
}

function withBytes({ dst, src, vlans }: EthernetFrame, type: number, payload: Uint8Array): EthernetFrame {
  return new EthernetFrame({ dst, src, vlans, type, payload })
}

export function pushLse(frame: EthernetFrame, lse: number, type: number): EthernetFrame {
  const rest = encodeFrame(frame).subarray(headerSize(frame))
  const bytes = new Uint8Array(4 + rest.length)
  bytes.set(lseBytes(lse))
  bytes.set(rest, 4)
  return withBytes(frame, type, bytes)
}

/** What was behind the label is a packet again. */
export function popLse(frame: EthernetFrame, type: number): EthernetFrame {
  const { payload } = frame
  if (!isMplsType(frame.type) || !(payload instanceof Uint8Array) || payload.length < 4) return frame
  return decodeFrame(encodeFrame(withBytes(frame, type, payload.subarray(4))))
}

export function setLse(frame: EthernetFrame, lse: number): EthernetFrame {
  const { payload } = frame
  if (!isMplsType(frame.type) || !(payload instanceof Uint8Array) || payload.length < 4) return frame
  const bytes = payload.slice()
  bytes.set(lseBytes(lse))
  return withBytes(frame, frame.type, bytes)
}
