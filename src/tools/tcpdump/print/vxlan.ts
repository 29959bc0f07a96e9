// VXLAN headers and the frame behind them.
import type { Dissector } from '../dissector.js'

const HEADER = 8

//   flags(1) reserved(3) vni(3) reserved(1) frame
export function printVxlan(d: Dissector, at: number, length: number): void {
  d.protocol = 'vxlan'
  d.print('VXLAN')
  if (length < HEADER) return d.invalid()
  const flags = d.u8(at)
  d.print(`, flags [${flags & 8 ? 'I' : d.since(4.09) ? 'invalid' : '.'}] (0x${d.hex(at, 1)}), `)
  d.need(at + 4, 3)
  // The frame stands on a line of its own, without indentation.
  d.print(`vni ${d.u24(at + 4)}\n`)
  d.need(at + 7, 1)
  d.printers.ethernet(d, at + HEADER, length - HEADER)
}
