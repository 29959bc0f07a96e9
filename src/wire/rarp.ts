// RARP (RFC 903) as hypervisors use it: a frame that tells switches where a MAC is now, without an address in it.
import { BROADCAST_MAC, type MacAddress } from '../addr/mac.js'
import { EthernetFrame } from './ethernet.js'

const ETHERTYPE_RARP = 0x8035

/** Without the frame check sequence. */
const SHORTEST_FRAME = 60
const ETHERNET_HEADER = 14

/** As qemu's announce_self: "request reverse" from and for the MAC itself, zeroes for the addresses, padded. */
export function rarpAnnouncement(mac: MacAddress): EthernetFrame {
  const bytes = new Uint8Array(SHORTEST_FRAME - ETHERNET_HEADER)
  bytes.set([0, 1, 8, 0, 6, 4, 0, 3])
  for (const at of [8, 18]) for (let i = 0; i < 6; i++) bytes[at + i] = Math.floor(mac / 2 ** (8 * (5 - i))) % 256
  return new EthernetFrame({ dst: BROADCAST_MAC, src: mac, type: ETHERTYPE_RARP, payload: bytes })
}
