// Neighbour discovery (RFC 4861) and MLDv2 reports (RFC 3810): what every IPv6 host says without being asked.
import type { Ipv6Address } from '../addr/ipv6.js'
import type { MacAddress } from '../addr/mac.js'
import { getIpv6, getMac, put16, putIpv6, putMac } from './bytes.js'
import { addWords, foldSum, ipv6PseudoSum } from './checksum.js'
import { ICMPV6_MLD2_REPORT, ICMPV6_NEIGHBOUR_ADVERT, ICMPV6_NEIGHBOUR_SOLICIT, ICMPV6_ROUTER_SOLICIT, Icmpv6Message } from './icmpv6.js'
import { PROTO_ICMPV6 } from './ipv4.js'
import { Ipv6Packet } from './ipv6.js'

/** Neighbour discovery is believed only with this hop limit. */
export const ND_HOP_LIMIT = 255

/** Flags of an advertisement. */
export const ND_ROUTER = 0x80
export const ND_SOLICITED = 0x40
export const ND_OVERRIDE = 0x20

/** ff02::16 */
export const ALL_MLD2_ROUTERS: Ipv6Address = 0xff020000000000000000000000000016n

/** Record type of an MLDv2 report: a group was joined. */
export const MLD2_CHANGE_TO_EXCLUDE = 4

const OPT_SOURCE_LLADDR = 1
const OPT_TARGET_LLADDR = 2
const OPT_NONCE = 14

export interface NeighbourMessage {
  readonly target: Ipv6Address
  /** ND_ROUTER | ND_SOLICITED | ND_OVERRIDE of an advertisement, 0 in a solicitation. */
  readonly flags: number
  /** Source address of a solicitation, target address of an advertisement; null when the option is absent. */
  readonly lladdr: MacAddress | null
}

//   reserved(4) target(16) [option 1: source lladdr] [option 14: nonce]
/** `lladdr` null and a nonce of 6 bytes: Linux' duplicate address detection. */
export function neighbourSolicit(target: Ipv6Address, lladdr: MacAddress | null, nonce: Uint8Array | null = null): Icmpv6Message {
  const body = new Uint8Array(20 + (lladdr === null ? 0 : 8) + (nonce === null ? 0 : 8))
  putIpv6(body, 4, target)
  if (lladdr !== null) putLladdr(body, 20, OPT_SOURCE_LLADDR, lladdr)
  if (nonce !== null) {
    body[body.length - 8] = OPT_NONCE
    body[body.length - 7] = 1
    body.set(nonce.subarray(0, 6), body.length - 6)
  }
  return new Icmpv6Message({ type: ICMPV6_NEIGHBOUR_SOLICIT, code: 0, body })
}

//   flags(4) target(16) option 2: target lladdr
export function neighbourAdvert(target: Ipv6Address, lladdr: MacAddress, flags: number): Icmpv6Message {
  const body = new Uint8Array(28)
  body[0] = flags
  putIpv6(body, 4, target)
  putLladdr(body, 20, OPT_TARGET_LLADDR, lladdr)
  return new Icmpv6Message({ type: ICMPV6_NEIGHBOUR_ADVERT, code: 0, body })
}

//   reserved(4) option 1: source lladdr
export function routerSolicit(lladdr: MacAddress | null): Icmpv6Message {
  const body = new Uint8Array(lladdr === null ? 4 : 12)
  if (lladdr !== null) putLladdr(body, 4, OPT_SOURCE_LLADDR, lladdr)
  return new Icmpv6Message({ type: ICMPV6_ROUTER_SOLICIT, code: 0, body })
}

/** Null when the message is no solicitation or advertisement of a neighbour, or is cut short. */
export function parseNeighbour(message: Icmpv6Message): NeighbourMessage | null {
  const solicit = message.type === ICMPV6_NEIGHBOUR_SOLICIT
  const body = message.body
  if ((!solicit && message.type !== ICMPV6_NEIGHBOUR_ADVERT) || body.length < 20) return null
  const wanted = solicit ? OPT_SOURCE_LLADDR : OPT_TARGET_LLADDR
  let lladdr: MacAddress | null = null
  for (let at = 20; at + 8 <= body.length && body[at + 1] !== 0; at += 8 * body[at + 1]!) {
    if (body[at] === wanted) lladdr = getMac(body, at + 2)
  }
  return { target: getIpv6(body, 4), flags: solicit ? 0 : body[0]!, lladdr }
}

//   hop-by-hop(8): next header, router alert, pad | 143 code checksum | reserved(2) count(2) | records(20 each)
/** The whole packet: the router alert option stands in a header of its own, so the payload is bytes. */
export function mld2Report(src: Ipv6Address, recordType: number, groups: readonly Ipv6Address[]): Ipv6Packet {
  const length = 8 + 20 * groups.length
  const payload = new Uint8Array(8 + length)
  payload.set([PROTO_ICMPV6, 0, 5, 2, 0, 0, 1, 0, ICMPV6_MLD2_REPORT])
  put16(payload, 14, groups.length)
  groups.forEach((group, i) => {
    payload[16 + 20 * i] = recordType
    putIpv6(payload, 20 + 20 * i, group)
  })
  const pseudo = ipv6PseudoSum(src, ALL_MLD2_ROUTERS, PROTO_ICMPV6, length)
  put16(payload, 10, foldSum(addWords(payload, 8, payload.length, pseudo)))
  return new Ipv6Packet({ nextHeader: 0, hopLimit: 1, src, dst: ALL_MLD2_ROUTERS, payload })
}

function putLladdr(body: Uint8Array, at: number, option: number, lladdr: MacAddress): void {
  body[at] = option
  body[at + 1] = 1
  putMac(body, at + 2, lladdr)
}
