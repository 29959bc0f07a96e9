// Geneve headers with their options, and what they carry.
import { bitNames, type Dissector } from '../dissector.js'
import { ETHERTYPE_NAMES } from '../protocols.js'

const FLAGS = [
  [0x80, 'O'],
  [0x40, 'C'],
  [0x20, 'R1'],
  [0x10, 'R2'],
  [0x08, 'R3'],
  [0x04, 'R4'],
  [0x02, 'R5'],
  [0x01, 'R6'],
] as const
const CLASSES: Readonly<Record<number, string>> = {
  0x0100: 'Linux',
  0x0101: 'Open vSwitch',
  0x0102: 'Open Virtual Networking (OVN)',
  0x0103: 'In-band Network Telemetry (INT)',
  0x0104: 'VMware',
}
const TRANSPARENT_ETHERNET = 0x6558

//   version/options-length flags protocol(2) vni(3) reserved(1) options payload
export function printGeneve(d: Dissector, at: number, length: number): void {
  d.protocol = 'geneve'
  d.print('Geneve')
  if (length < 8) {
    d.print(` [length ${length} < 8]`)
    return d.invalid()
  }
  if (!d.has(at, 8)) return d.truncated()
  const version = d.u8(at) >> 6
  if (version !== 0) return d.print(` ERROR: unknown-version ${version}`)
  d.print(`, Flags [${bitNames(FLAGS, d.u8(at + 1), 'none', '')}], vni 0x${d.u24(at + 4).toString(16)}`)
  const proto = d.u16(at + 2)
  if (d.u8(at + 7) !== 0) d.print(`, rsvd 0x${d.u8(at + 7).toString(16)}`)
  if (d.options.link) d.print(`, proto ${ETHERTYPE_NAMES[proto] ?? 'unknown'} (0x${d.hex(at + 2, 2)})`)
  const options = (d.u8(at) & 0x3f) * 4
  if (length - 8 < options) return d.print(` truncated-geneve - ${options - (length - 8)} bytes missing`)
  if (!d.has(at + 8, options)) return d.truncated()
  if (options > 0) {
    d.print(', options [')
    if (d.verbose > 0) printOptions(d, at + 8, options)
    else d.print(`${options} bytes`)
    d.print(']')
  }
  d.print(d.verbose === 0 ? ': ' : '\n\t')
  const body = at + 8 + options
  if (d.printers.ethertype(d, proto, body, length - 8 - options)) return
  if (proto === TRANSPARENT_ETHERNET) d.printers.ethernet(d, body, length - 8 - options)
  else d.print(`geneve-proto-0x${proto.toString(16)}`)
}

function printOptions(d: Dissector, from: number, length: number): void {
  const end = from + length
  for (let at = from; at < end; ) {
    const kind = d.u16(at)
    const type = d.u8(at + 2)
    const size = 4 + (d.u8(at + 3) & 0x1f) * 4
    d.print(`${at > from ? ', ' : ''}class ${className(kind)} (0x${kind.toString(16)})`)
    d.print(` type 0x${type.toString(16)}${type & 0x80 ? '(C)' : ''} len ${size}`)
    if (size > end - at) return d.print(' [bad length]')
    if (d.verbose > 1 && size > 4) {
      d.print(' data')
      for (let i = 4; i < size; i += 4) d.print(` ${d.hex(at + i, 4)}`)
    }
    at += size
  }
}

function className(kind: number): string {
  if (kind <= 0xff) return 'Standard'
  return kind >= 0xfff0 ? 'Experimental' : (CLASSES[kind] ?? 'Unknown')
}
