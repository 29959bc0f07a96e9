// The packet inside an ICMP error.
import { get16, get32, getIpv4 } from '../wire/bytes.js'
import { decodeIpv4, decodeIpv4Payload } from '../wire/decode.js'
import { NO_BYTES } from '../wire/header.js'
import { IcmpMessage } from '../wire/icmp.js'
import { Ipv4Packet, PROTO_ICMP } from '../wire/ipv4.js'

/** The packet that an ICMP error quotes; it is usually cut, so lengths and checksums are not judged. Null: too short. */
export function decodeQuoted(bytes: Uint8Array): Ipv4Packet | null {
  const whole = decodeIpv4(bytes)
  if (whole !== null) return whole
  if (bytes.length < 28 || bytes[0]! >> 4 !== 4) return null
  const headerLength = (bytes[0]! & 15) << 2
  if (headerLength < 20 || bytes.length < headerLength + 8) return null
  const proto = bytes[9]!
  const src = getIpv4(bytes, 12)
  const dst = getIpv4(bytes, 16)
  const body = bytes.subarray(headerLength)
  return new Ipv4Packet({
    tos: bytes[1]!,
    id: get16(bytes, 4),
    flags: bytes[6]! >> 5,
    fragOffset: (get16(bytes, 6) & 0x1fff) << 3,
    ttl: bytes[8]!,
    proto,
    src,
    dst,
    options: headerLength > 20 ? bytes.subarray(20, headerLength) : NO_BYTES,
    payload: proto === PROTO_ICMP ? cutIcmp(body) : decodeIpv4Payload(proto, body, src, dst),
  })
}

function cutIcmp(body: Uint8Array): IcmpMessage {
  return new IcmpMessage({ type: body[0]!, code: body[1]!, rest: get32(body, 4), payload: body.subarray(8) })
}
