// BOOTP and DHCP messages; the options follow under -v.
import { bitNames, type Dissector } from '../dissector.js'
import { printDhcpOptions } from './dhcp-options.js'

const COOKIE = 0x63825363

//   op htype hlen hops | xid | secs flags | ciaddr yiaddr siaddr giaddr | chaddr(16) | sname(64) | file(128) | vendor...
export function printDhcp(d: Dissector, at: number, length: number): void {
  d.protocol = 'bootp'
  const op = d.u8(at)
  d.print(`BOOTP/DHCP, ${op === 1 ? 'Request' : op === 2 ? 'Reply' : `unknown (0x${d.hex(at, 1)})`}`)
  const hardware = d.u8(at + 1)
  const ethernet = d.u8(at + 2) === 6 && hardware === 1
  if (ethernet && op === 1) d.print(` from ${d.mac(at + 28)}`)
  d.print(`, length ${length}`)
  if (d.verbose === 0) return
  if (!d.has(at + 8, 2)) return d.truncated()
  printHeader(d, at)
  for (const [offset, name] of [
    [12, 'Client'],
    [16, 'Your'],
    [20, 'Server'],
    [24, 'Gateway'],
  ] as const) {
    if (d.u32(at + offset) !== 0) d.print(`\n\t  ${name}-IP ${d.ip(at + offset)}`)
  }
  if (ethernet) d.print(`\n\t  Client-Ethernet-Address ${d.mac(at + 28)}`)
  if (!printFixedText(d, at + 44, 64, 'sname') || !printFixedText(d, at + 108, 128, 'file')) return
  const vendor = at + 236
  if (!d.has(vendor, 4)) return d.truncated()
  const cookie = d.u32(vendor)
  if (cookie === COOKIE) printDhcpOptions(d, vendor)
  else if (cookie !== 0) d.print(`\n\t  Vendor-#0x${cookie.toString(16)}`)
}

function printHeader(d: Dissector, at: number): void {
  const type = d.u8(at + 1)
  const size = d.u8(at + 2)
  if (type !== 1) d.print(`, htype ${type}`)
  if (type !== 1 || size !== 6) d.print(`, hlen ${size}`)
  if (d.u8(at + 3) > 0) d.print(`, hops ${d.u8(at + 3)}`)
  if (d.u32(at + 4) > 0) d.print(`, xid 0x${d.u32(at + 4).toString(16)}`)
  if (d.u16(at + 8) > 0) d.print(`, secs ${d.u16(at + 8)}`)
  d.print(`, Flags [${bitNames([[0x8000, 'Broadcast']], d.u16(at + 10), 'none')}]`)
  if (d.verbose > 1) d.print(` (0x${d.hex(at + 10, 2)})`)
}

/** False when the text has no end. */
function printFixedText(d: Dissector, at: number, size: number, name: string): boolean {
  if (d.u8(at) === 0) return true
  d.print(`\n\t  ${name} "`)
  const whole = d.zeroText(at, size) > 0
  d.print('"')
  if (!whole) d.truncated()
  return whole
}
