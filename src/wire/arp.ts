// ARP for IPv4 over Ethernet (RFC 826).
import type { Ipv4Address } from '../addr/ipv4.js'
import type { MacAddress } from '../addr/mac.js'

export const ARP_REQUEST = 1
export const ARP_REPLY = 2

//   htype(2)=1 ptype(2)=0x0800 hlen(1)=6 plen(1)=4 oper(2) sha(6) spa(4) tha(6) tpa(4)
export class ArpPacket {
  readonly kind = 'arp'
  readonly operation: number
  readonly senderMac: MacAddress
  readonly senderIp: Ipv4Address
  readonly targetMac: MacAddress
  readonly targetIp: Ipv4Address

  constructor(fields: {
    operation: number
    senderMac: MacAddress
    senderIp: Ipv4Address
    targetMac: MacAddress
    targetIp: Ipv4Address
  }) {
    this.operation = fields.operation
    this.senderMac = fields.senderMac
    this.senderIp = fields.senderIp
    this.targetMac = fields.targetMac
    this.targetIp = fields.targetIp
  }

  get length(): number {
    return 28
  }
}
