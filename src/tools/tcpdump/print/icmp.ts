// ICMP messages; errors quote the packet they are about under -v.
import { type Dissector, rightChecksum, type TransportPayload } from '../dissector.js'
import { printIcmpExtensions } from './icmp-extensions.js'

const ECHO_REPLY = 0
const UNREACH = 3
const REDIRECT = 5
const ECHO = 8
const ROUTER_ADVERT = 9
const TIME_EXCEEDED = 11
const PARAMETER_PROBLEM = 12
const TIMESTAMP = 13
const TIMESTAMP_REPLY = 14
const MASK_REPLY = 18
const NAMES: Readonly<Record<number, string>> = {
  4: 'source quench',
  10: 'router solicitation',
  15: 'information request',
  16: 'information reply',
  17: 'address mask request',
}
/** Unreachables, %s for the quoted packet's destination. */
const UNREACHABLES: Readonly<Record<number, string>> = {
  0: 'net %s unreachable',
  1: 'host %s unreachable',
  5: '%s unreachable - source route failed',
  6: 'net %s unreachable - unknown',
  7: 'host %s unreachable - unknown',
  8: '%s unreachable - source host isolated',
  9: 'net %s unreachable - admin prohibited',
  10: 'host %s unreachable - admin prohibited',
  11: 'net %s unreachable - tos prohibited',
  12: 'host %s unreachable - tos prohibited',
  13: 'host %s unreachable - admin prohibited filter',
  14: 'host %s unreachable - host precedence violation',
  15: 'host %s unreachable - precedence cutoff',
}
const QUOTING = new Set([UNREACH, REDIRECT, TIME_EXCEEDED, PARAMETER_PROBLEM, 4])

export function printIcmp(d: Dissector, payload: TransportPayload): void {
  const { at, length } = payload
  d.protocol = 'icmp'
  const type = d.u8(at)
  const code = d.u8(at + 1)
  const text = describe(d, at, type, code)
  if (text === null) return d.truncated()
  d.print(`ICMP ${text}, length ${length}`)
  if (d.verbose === 0) return
  if (!payload.fragmented && d.has(at, length)) {
    const sum = d.checksum(at, length)
    const given = d.u16(at + 2)
    if (sum !== 0) d.print(` (wrong icmp cksum ${given.toString(16)} (->${rightChecksum(given, sum).toString(16)})!)`)
  }
  if (QUOTING.has(type)) {
    d.print('\n\t')
    const quoted = d.u16(at + 10)
    d.within(at + 8 + quoted, () => d.printers.ip(d, at + 8, quoted))
  }
  d.protocol = 'icmp'
  if (type === UNREACH || type === TIME_EXCEEDED || type === PARAMETER_PROBLEM) printIcmpExtensions(d, at, length)
}

/** Null: cut short in a place where the line ends. */
function describe(d: Dissector, at: number, type: number, code: number): string | null {
  switch (type) {
    case ECHO:
    case ECHO_REPLY:
      return `echo ${type === ECHO ? 'request' : 'reply'}, id ${d.u16(at + 4)}, seq ${d.u16(at + 6)}`
    case UNREACH:
      return unreachable(d, at, code)
    case REDIRECT:
      return redirect(d, at, code)
    case ROUTER_ADVERT:
      return routerAdvert(d, at)
    case TIME_EXCEEDED:
      if (!d.has(at + 24, 4)) return null
      if (code === 0) return 'time exceeded in-transit'
      return code === 1 ? 'ip reassembly time exceeded' : `time exceeded-#${code}`
    case PARAMETER_PROBLEM:
      return `parameter problem - ${code > 0 ? `code ${code}` : `octet ${d.u8(at + 4)}`}`
    case MASK_REPLY:
      return `address mask is 0x${d.hex(at + 8, 4)}`
    case TIMESTAMP:
      return `time stamp query id ${d.u16(at + 4)} seq ${d.u16(at + 6)}`
    case TIMESTAMP_REPLY: {
      if (!d.has(at + 16, 4)) return null
      const times = `org ${dayTime(d.u32(at + 8))}, recv ${dayTime(d.u32(at + 12))}, xmit ${dayTime(d.u32(at + 16))}`
      return `time stamp reply id ${d.u16(at + 4)} seq ${d.u16(at + 6)}: ${times}`
    }
    default:
      return NAMES[type] ?? `type-#${type}`
  }
}

function unreachable(d: Dissector, at: number, code: number): string | null {
  const quoted = at + 8
  if (code === 2) return `${d.ip(quoted + 16)} protocol ${d.u8(quoted + 9)} unreachable`
  if (code === 3) return portUnreachable(d, quoted)
  const dst = d.ip(quoted + 16)
  if (code === 4) {
    const mtu = d.u16(at + 6)
    return `${dst} unreachable - need to frag${mtu > 0 ? ` (mtu ${mtu})` : ''}`
  }
  return UNREACHABLES[code]?.replace('%s', dst) ?? `${dst} unreachable - #${code}`
}

function portUnreachable(d: Dissector, quoted: number): string | null {
  if (!d.has(quoted + 9, 1)) return null
  const port = d.u16(quoted + (d.u8(quoted) & 15) * 4 + 2)
  const proto = d.u8(quoted + 9)
  const dst = d.ip(quoted + 16)
  if (proto === 6) return `${dst} tcp port ${d.options.names.port('tcp', port)} unreachable`
  if (proto === 17) return `${dst} udp port ${d.options.names.port('udp', port)} unreachable`
  return `${dst} protocol ${proto} port ${port} unreachable`
}

function redirect(d: Dissector, at: number, code: number): string {
  const dst = d.ip(at + 24)
  const gateway = d.ip(at + 4)
  if (code === 0) return `redirect ${dst} to net ${gateway}`
  if (code === 1) return `redirect ${dst} to host ${gateway}`
  if (code === 2) return `redirect-tos ${dst} to net ${gateway}`
  return code === 3 ? `redirect-tos ${dst} to host ${gateway}` : `redirect-#${code} ${dst} to ${gateway}`
}

function routerAdvert(d: Dissector, at: number): string | null {
  if (!d.has(at + 4, 4)) return null
  const count = d.u8(at + 4)
  const size = d.u8(at + 5)
  let text = `router advertisement lifetime ${lifetime(d.u16(at + 6))} ${count}:`
  if (size !== 2) return `${text} [size ${size}]`
  for (let i = 0; i < count; i++) {
    if (!d.has(at + 8 + 8 * i, 8)) return null
    text += ` {${d.ip(at + 8 + 8 * i)} ${d.u32(at + 12 + 8 * i)}}`
  }
  return text
}

function lifetime(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  if (seconds < 60) return String(seconds)
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`
  return `${Math.floor(seconds / 3600)}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`
}

/** Milliseconds since midnight as hh:mm:ss.mmm. */
function dayTime(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const pad = (value: number, width: number): string => String(value).padStart(width, '0')
  return `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}.${pad(ms % 1000, 3)}`
}
