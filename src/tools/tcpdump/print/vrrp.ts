// VRRP advertisements of versions 2 and 3.
import type { Dissector, TransportPayload } from '../dissector.js'
import { pseudoSum } from './pseudo-header.js'

const AUTHENTICATION: Readonly<Record<number, string>> = { 0: 'none', 1: 'simple', 2: 'ah' }

//   version/type vrid priority count | auth-type interval(1) | checksum(2) | addresses
export function printVrrp(d: Dissector, payload: TransportPayload): void {
  const { at, length } = payload
  d.protocol = 'vrrp'
  d.print('VRRP')
  const first = d.u8(at)
  const version = first >> 4
  const type = first & 15
  d.print(`v${version}, ${type === 1 ? 'Advertisement' : `unknown type (${type})`}`)
  if (payload.hopLimit !== 255) d.print(`, (ttl ${payload.hopLimit})`)
  if (version < 2 || version > 3 || type !== 1) return
  d.print(`, vrid ${d.u8(at + 1)}, prio ${d.u8(at + 2)}`)
  const authentication = version === 2 ? d.u8(at + 4) : 0
  if (version === 2) {
    d.print(`, authtype ${AUTHENTICATION[authentication] ?? `#${authentication}`}`)
    d.print(`, intvl ${d.u8(at + 5)}s, length ${length}`)
  } else d.print(`, intvl ${d.u16(at + 4) & 0xfff}cs, length ${length}`)
  if (d.verbose > 0) printAddresses(d, payload, version, authentication)
}

function printAddresses(d: Dissector, payload: TransportPayload, version: number, authentication: number): void {
  const { at, length, ipAt } = payload
  const six = d.u8(ipAt) >> 4 === 6
  if (d.has(at, length)) {
    const pseudo = version === 3 ? pseudoSum(d, ipAt, 112, length) : 0
    if (d.checksum(at, length, pseudo) !== 0) d.print(`, (bad vrrp cksum ${d.u16(at + 6).toString(16)})`)
  }
  const count = d.u8(at + 3)
  d.print(`, addrs${count > 1 ? `(${count})` : ''}:`)
  let next = at + 8
  for (let i = 0; i < count; i++) {
    d.print(`${i === 0 ? ' ' : ','}${six ? d.ip6(next) : d.ip(next)}`)
    next += six ? 16 : 4
  }
  if (authentication !== 1) return
  d.print(' auth "')
  for (let i = 0; i < 8 && d.u8(next + i) !== 0; i++) d.char(d.u8(next + i))
  d.print('"')
}
