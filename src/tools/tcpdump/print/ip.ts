// IPv4 headers and their options.
import { bitNames, type Dissector, rightChecksum, TRUNCATED } from '../dissector.js'
import { IPPROTO_NAMES } from '../protocols.js'

const FLAGS = [
  [0x2000, '+'],
  [0x4000, 'DF'],
  [0x8000, 'rsvd'],
] as const
const OPTIONS: Readonly<Record<number, string>> = {
  0: 'EOL',
  1: 'NOP',
  68: 'timestamp',
  130: 'security',
  7: 'RR',
  137: 'SSRR',
  131: 'LSRR',
  148: 'RA',
  82: 'traceroute',
}
const ECN = ['', ',ECT(1)', ',ECT(0)', ',CE']
/** They print the addresses together with their ports. */
const WITH_PORTS = new Set([6, 17])

export function printIp(d: Dissector, at: number, length: number): void {
  d.protocol = 'ip'
  const version = d.u8(at) >> 4
  if (version !== 4) {
    if (version === 6) d.print('IP6, wrong link-layer encapsulation')
    else d.print(`IP${version}`)
    return d.invalid()
  }
  if (!d.options.link) d.print('IP ')
  if (!d.has(at, 20)) return d.truncated()
  if (length < 20) return d.print(`truncated-ip ${length}`)
  const header = (d.u8(at) & 15) * 4
  if (header < 20) return d.print(`bad-hlen ${header}`)
  const total = d.u16(at + 2)
  if (length < total) d.print(`truncated-ip - ${total - length} bytes missing! `)
  if (total < header) return d.print(`bad-len ${total}`)
  d.within(at + total, () => printPacket(d, at, header, total - header))
}

function printPacket(d: Dissector, at: number, header: number, length: number): void {
  const fragment = d.u16(at + 6)
  const proto = d.u8(at + 9)
  if (d.verbose > 0 && !printHeader(d, at, header)) {
    d.print(`${d.ip(at + 12)} > ${d.ip(at + 16)}: `)
    return d.truncated()
  }
  if ((fragment & 0x1fff) === 0) {
    if (!WITH_PORTS.has(proto)) d.print(`${d.ip(at + 12)} > ${d.ip(at + 16)}: `)
    if (!d.has(at, header)) {
      d.print(` [remaining caplen(${d.available(at)}) < header length(${header})]`)
      throw TRUNCATED
    }
    const payload = { proto, at: at + header, length, ipAt: at, fragmented: (fragment & 0x2000) !== 0, hopLimit: d.u8(at + 8) }
    return d.printers.transport(d, payload)
  }
  const name = d.options.names.protocol(proto)
  d.print(`${d.ip(at + 12)} > ${d.ip(at + 16)}: ${name ?? `ip-proto-${proto}`}`)
}

/** "(tos 0x0, ttl 64, ...)": false when the options ran over the captured bytes. */
function printHeader(d: Dissector, at: number, header: number): boolean {
  const tos = d.u8(at + 1)
  const ttl = d.u8(at + 8)
  const proto = d.u8(at + 9)
  const fragment = d.u16(at + 6)
  d.print(`(tos 0x${tos.toString(16)}${ECN[tos & 3]}`)
  if (ttl >= 1) d.print(`, ttl ${ttl}`)
  d.print(`, id ${d.u16(at + 4)}, offset ${(fragment & 0x1fff) * 8}, flags [${bitNames(FLAGS, fragment, 'none')}]`)
  d.print(`, proto ${IPPROTO_NAMES[proto] ?? 'unknown'} (${proto}), length ${d.u16(at + 2)}`)
  let whole = true
  if (header > 20) {
    d.print(', options (')
    whole = printOptions(d, at + 20, header - 20)
    if (!whole) d.print(' [truncated-option]')
    d.print(')')
  }
  if (!d.options.trustChecksums && at + header <= d.end) {
    const sum = d.checksum(at, header)
    const given = d.u16(at + 10)
    if (sum !== 0) d.print(`, bad cksum ${given.toString(16)} (->${rightChecksum(given, sum).toString(16)})!`)
  }
  d.print(')\n    ')
  return whole
}

function printOptions(d: Dissector, at: number, length: number): boolean {
  const end = at + length
  for (let option = at, first = true; option < end; first = false) {
    const code = d.u8(option)
    d.print(`${first ? '' : ','}${OPTIONS[code] ?? `unknown ${code}`}`)
    const size = code < 2 ? 1 : d.u8(option + 1)
    if ((code >= 2 && size < 2) || size > end - option) {
      d.print(` [bad length ${size}]`)
      return true
    }
    if (!d.has(option, size)) return false
    if (code === 0) return true
    if (code === 68 && !printTimestamps(d, option, size)) return false
    if ((code === 7 || code === 137 || code === 131) && !printRoute(d, option, size)) return false
    if (code === 148) printRouterAlert(d, option, size)
    option += size
  }
  return true
}

function printRouterAlert(d: Dissector, at: number, length: number): void {
  if (length < 4) return d.print(` [bad length ${length}]`)
  const value = d.u16(at + 2)
  if (value !== 0) d.print(` value ${value}`)
}

/** False when cut short. */
function printRoute(d: Dissector, at: number, length: number): boolean {
  if (length < 3) {
    d.print(` [bad length ${length}]`)
    return true
  }
  if (((length + 1) & 3) !== 0) d.print(` [bad length ${length}]`)
  const pointer = d.u8(at + 2) - 1
  if (pointer < 3 || ((pointer + 1) & 3) !== 0 || pointer > length + 1) d.print(` [bad ptr ${d.u8(at + 2)}]`)
  for (let i = 3; i < length; i += 4) {
    if (!d.has(at + i, 4)) return false
    d.print(` ${d.ip(at + i)}${pointer > i ? ',' : ''}`)
  }
  return true
}

/** False when cut short. */
function printTimestamps(d: Dissector, at: number, length: number): boolean {
  if (length < 4) {
    d.print(`[bad length ${length}]`)
    return true
  }
  const kind = d.u8(at + 3) & 15
  const hop = kind === 0 ? 4 : 8
  const pointer = d.u8(at + 2) - 1
  d.print(' TS{')
  if (((length - 4) & (hop - 1)) !== 0) d.print(`[bad length ${length}]`)
  if (pointer < 4 || ((pointer - 4) & (hop - 1)) !== 0 || pointer > length + 1) d.print(`[bad ptr ${d.u8(at + 2)}]`)
  const name = ({ 0: 'TSONLY', 1: 'TS+ADDR', 3: 'PRESPEC' } as Record<number, string>)[kind]
  let place = 0
  d.print(name ?? `[bad ts type ${kind}]`)
  if (name !== undefined) {
    for (place = 4; place < length; place += hop) {
      if (!d.has(at + place, hop)) return false
      const mark = pointer === place ? ' ^ ' : ' '
      d.print(`${mark}${d.u32(at + place + hop - 4)}@${hop === 8 ? d.ip(at + place) : ''}`)
    }
  }
  if (pointer === place) d.print(' ^ ')
  const missed = d.u8(at + 3) >> 4
  d.print(missed > 0 ? ` [${missed} hops not recorded]} ` : '}')
  return true
}

/** A packet without a link header: its version is in its first nibble. */
export function printRawIp(d: Dissector, at: number, length: number): void {
  d.protocol = 'ipn'
  if (length < 1) return d.print(`truncated-ip ${length}`)
  const version = d.u8(at) >> 4
  if (version === 4) return printIp(d, at, length)
  if (version === 6) return d.printers.ip6(d, at, length)
  d.print(`unknown ip ${version}`)
}
