// DHCP messages (RFC 2131, options RFC 2132) as the payload of a UDP datagram.
import type { Ipv4Address, Ipv4Prefix } from '../addr/ipv4.js'
import type { MacAddress } from '../addr/mac.js'
import { get16, get32, getIpv4, getMac, put16, put32, putMac } from './bytes.js'

export const DHCP_SERVER_PORT = 67
export const DHCP_CLIENT_PORT = 68

export const BOOTREQUEST = 1
export const BOOTREPLY = 2

/** Values of DHO_MESSAGE_TYPE. */
export const DHCPDISCOVER = 1
export const DHCPOFFER = 2
export const DHCPREQUEST = 3
export const DHCPDECLINE = 4
export const DHCPACK = 5
export const DHCPNAK = 6
export const DHCPRELEASE = 7
export const DHCPINFORM = 8

/** Option codes, named as dhcpd names them. */
export const DHO_SUBNET_MASK = 1
export const DHO_ROUTERS = 3
export const DHO_DOMAIN_NAME_SERVERS = 6
export const DHO_HOST_NAME = 12
export const DHO_DOMAIN_NAME = 15
export const DHO_INTERFACE_MTU = 26
export const DHO_BROADCAST_ADDRESS = 28
export const DHO_REQUESTED_ADDRESS = 50
export const DHO_LEASE_TIME = 51
export const DHO_MESSAGE_TYPE = 53
export const DHO_SERVER_IDENTIFIER = 54
export const DHO_PARAMETER_REQUEST_LIST = 55
export const DHO_MESSAGE = 56
export const DHO_MAX_MESSAGE_SIZE = 57
export const DHO_RENEWAL_TIME = 58
export const DHO_REBINDING_TIME = 59
export const DHO_VENDOR_CLASS_IDENTIFIER = 60
export const DHO_CLIENT_IDENTIFIER = 61
export const DHO_USER_CLASS = 77
export const DHO_CLASSLESS_ROUTES = 121
/** The same before RFC 3442, from Microsoft. */
export const DHO_MS_CLASSLESS_ROUTES = 249

/** Flag bit: answer by broadcast. */
export const DHCP_BROADCAST_FLAG = 0x8000

const DHO_PAD = 0
const DHO_END = 255
const MAGIC_COOKIE = 0x63825363
const FIXED_LENGTH = 236

export interface DhcpOption {
  readonly code: number
  readonly value: Uint8Array
}

/** One route of option 121. */
export interface ClasslessRoute {
  readonly dst: Ipv4Prefix
  readonly via: Ipv4Address
}

//   op htype hlen hops | xid | secs flags | ciaddr | yiaddr | siaddr | giaddr | chaddr(16) | sname(64) | file(128) | cookie options
export class DhcpMessage {
  readonly op: number
  readonly hops: number
  readonly xid: number
  readonly secs: number
  readonly flags: number
  readonly ciaddr: Ipv4Address
  readonly yiaddr: Ipv4Address
  readonly siaddr: Ipv4Address
  readonly giaddr: Ipv4Address
  readonly chaddr: MacAddress
  readonly sname: string
  readonly file: string
  readonly options: readonly DhcpOption[]

  constructor(fields: {
    op: number
    hops?: number
    xid: number
    secs?: number
    flags?: number
    ciaddr?: Ipv4Address
    yiaddr?: Ipv4Address
    siaddr?: Ipv4Address
    giaddr?: Ipv4Address
    chaddr: MacAddress
    sname?: string
    file?: string
    options: readonly DhcpOption[]
  }) {
    this.op = fields.op
    this.hops = fields.hops ?? 0
    this.xid = fields.xid
    this.secs = fields.secs ?? 0
    this.flags = fields.flags ?? 0
    this.ciaddr = fields.ciaddr ?? 0
    this.yiaddr = fields.yiaddr ?? 0
    this.siaddr = fields.siaddr ?? 0
    this.giaddr = fields.giaddr ?? 0
    this.chaddr = fields.chaddr
    this.sname = fields.sname ?? ''
    this.file = fields.file ?? ''
    this.options = fields.options
  }

  /** Null when the option is absent. */
  option(code: number): Uint8Array | null {
    for (const option of this.options) if (option.code === code) return option.value
    return null
  }

  /** DHCPDISCOVER...; null for plain BOOTP. */
  get messageType(): number | null {
    return this.option(DHO_MESSAGE_TYPE)?.[0] ?? null
  }

  addresses(code: number): Ipv4Address[] {
    const value = this.option(code)
    const found: Ipv4Address[] = []
    if (value !== null) for (let at = 0; at + 4 <= value.length; at += 4) found.push(getIpv4(value, at))
    return found
  }

  address(code: number): Ipv4Address | null {
    return this.addresses(code)[0] ?? null
  }

  /** A number of 1, 2 or 4 bytes. */
  number(code: number): number | null {
    const value = this.option(code)
    if (value === null) return null
    if (value.length === 4) return get32(value, 0)
    if (value.length === 2) return get16(value, 0)
    return value.length === 1 ? value[0]! : null
  }

  text(code: number): string | null {
    const value = this.option(code)
    return value === null ? null : textOf(value)
  }

  get classlessRoutes(): ClasslessRoute[] {
    const value = this.option(DHO_CLASSLESS_ROUTES)
    const routes: ClasslessRoute[] = []
    for (let at = 0; value !== null && at < value.length; ) {
      const length = value[at]!
      const octets = (length + 7) >> 3
      if (length > 32 || at + 1 + octets + 4 > value.length) break
      let address = 0
      for (let i = 0; i < octets; i++) address |= value[at + 1 + i]! << (24 - 8 * i)
      routes.push({ dst: { address, length }, via: getIpv4(value, at + 1 + octets) })
      at += 1 + octets + 4
    }
    return routes
  }
}

export function addressOption(code: number, ...addresses: readonly Ipv4Address[]): DhcpOption {
  const value = new Uint8Array(4 * addresses.length)
  addresses.forEach((address, i) => {
    put32(value, 4 * i, address)
  })
  return { code, value }
}

export function numberOption(code: number, value: number, size: 1 | 2 | 4): DhcpOption {
  const bytes = new Uint8Array(size)
  if (size === 4) put32(bytes, 0, value)
  else if (size === 2) put16(bytes, 0, value)
  else bytes[0] = value
  return { code, value: bytes }
}

export function textOption(code: number, text: string): DhcpOption {
  return { code, value: latin1(text) }
}

export function bytesOption(code: number, value: readonly number[] | Uint8Array): DhcpOption {
  return { code, value: Uint8Array.from(value) }
}

export function classlessRoutesOption(routes: readonly ClasslessRoute[], code = DHO_CLASSLESS_ROUTES): DhcpOption {
  const value: number[] = []
  for (const { dst, via } of routes) {
    value.push(dst.length)
    for (let bit = 0; bit < dst.length; bit += 8) value.push((dst.address >>> (24 - bit)) & 255)
    value.push(via >>> 24, (via >>> 16) & 255, (via >>> 8) & 255, via & 255)
  }
  return bytesOption(code, value)
}

/** `minLength`: BOOTP relays want 300 bytes (RFC 1542, section 2.1). */
export function encodeDhcp(message: DhcpMessage, minLength = 300): Uint8Array {
  let length = FIXED_LENGTH + 5
  for (const option of message.options) length += 2 + option.value.length
  const out = new Uint8Array(Math.max(length, minLength))
  out[0] = message.op
  out[1] = 1
  out[2] = 6
  out[3] = message.hops
  put32(out, 4, message.xid)
  put16(out, 8, message.secs)
  put16(out, 10, message.flags)
  put32(out, 12, message.ciaddr)
  put32(out, 16, message.yiaddr)
  put32(out, 20, message.siaddr)
  put32(out, 24, message.giaddr)
  putMac(out, 28, message.chaddr)
  out.set(latin1(message.sname).subarray(0, 64), 44)
  out.set(latin1(message.file).subarray(0, 128), 108)
  put32(out, FIXED_LENGTH, MAGIC_COOKIE)
  let at = FIXED_LENGTH + 4
  for (const option of message.options) {
    out[at] = option.code
    out[at + 1] = option.value.length
    out.set(option.value, at + 2)
    at += 2 + option.value.length
  }
  out[at] = DHO_END
  return out
}

/** Null when the bytes are no BOOTP message over Ethernet. */
export function decodeDhcp(bytes: Uint8Array): DhcpMessage | null {
  if (bytes.length < FIXED_LENGTH || bytes[1] !== 1 || bytes[2] !== 6) return null
  return new DhcpMessage({
    op: bytes[0]!,
    hops: bytes[3]!,
    xid: get32(bytes, 4),
    secs: get16(bytes, 8),
    flags: get16(bytes, 10),
    ciaddr: getIpv4(bytes, 12),
    yiaddr: getIpv4(bytes, 16),
    siaddr: getIpv4(bytes, 20),
    giaddr: getIpv4(bytes, 24),
    chaddr: getMac(bytes, 28),
    sname: textOf(bytes.subarray(44, 108)),
    file: textOf(bytes.subarray(108, 236)),
    options: decodeOptions(bytes),
  })
}

function decodeOptions(bytes: Uint8Array): DhcpOption[] {
  const options: DhcpOption[] = []
  if (bytes.length < FIXED_LENGTH + 4 || get32(bytes, FIXED_LENGTH) !== MAGIC_COOKIE) return options
  let at = FIXED_LENGTH + 4
  while (at < bytes.length && bytes[at] !== DHO_END) {
    if (bytes[at] === DHO_PAD) {
      at++
      continue
    }
    const end = at + 2 + (bytes[at + 1] ?? 0)
    if (end > bytes.length) break
    options.push({ code: bytes[at]!, value: bytes.subarray(at + 2, end) })
    at = end
  }
  return options
}

/** Up to the first NUL. */
function textOf(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) {
    if (byte === 0) break
    text += String.fromCharCode(byte)
  }
  return text
}

function latin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
