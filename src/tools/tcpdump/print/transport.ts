// Which printer takes what follows an IP header.
import type { Dissector, TransportPayload } from '../dissector.js'
import { IPPROTO_NAMES } from '../protocols.js'
import { printGre } from './gre.js'
import { printIcmp } from './icmp.js'
import { printIcmp6 } from './icmp6.js'
import { printIgmp } from './igmp.js'
import { printTcp } from './tcp.js'
import { printUdp } from './udp.js'
import { printVrrp } from './vrrp.js'

export function printTransport(d: Dissector, payload: TransportPayload): void {
  const { proto, at, length } = payload
  const version = d.u8(payload.ipAt) >> 4
  const wrong = (wanted: number): boolean => {
    if (version === wanted) return false
    d.print(`[${IPPROTO_NAMES[proto] ?? 'unknown'} requires IPv${wanted}]`)
    d.invalid()
    return true
  }
  switch (proto) {
    case 6:
      return printTcp(d, payload)
    case 17:
      return printUdp(d, payload)
    case 1:
      return wrong(4) ? undefined : printIcmp(d, payload)
    case 58:
      return wrong(6) ? undefined : printIcmp6(d, payload)
    case 2:
      return wrong(4) ? undefined : printIgmp(d, at, length)
    case 4:
      return d.printers.ip(d, at, length)
    case 41:
      return d.printers.ip6(d, at, length)
    case 47:
      return printGre(d, at, length)
    case 112:
      return printVrrp(d, payload)
    case 59:
      return d.print('no next header')
    case 97:
      if (!wrong(6)) d.printers.ethernet(d, at, length)
      return
    case 77:
      return d.print(` nd ${length}`)
    default: {
      // Differs: ESP, AH, SCTP, OSPF, PIM and other routing protocols show only their number and length.
      const name = d.options.names.protocol(proto)
      return d.print(` ${name ?? `ip-proto-${proto}`} ${length}`)
    }
  }
}
