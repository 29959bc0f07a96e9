// The lines that --log-dhcp adds around each message: what was available, asked for and sent.
import { formatIpv4, maskOf } from '../../../addr/ipv4.js'
import { get16, get32, getIpv4 } from '../../../wire/bytes.js'
import type { DhcpMessage, DhcpOption } from '../../../wire/dhcp.js'
import { DHO_HOST_NAME, DHO_INTERFACE_MTU, DHO_PARAMETER_REQUEST_LIST, DHO_VENDOR_CLASS_IDENTIFIER } from '../../../wire/dhcp.js'
import type { DhcpLink } from './dhcp-server.js'
import { prettyTime } from './log-text.js'
import type { DhcpRange } from './options.js'

/** Before the message is answered. */
export function receivedLines(message: DhcpMessage, ranges: readonly DhcpRange[], link: DhcpLink): string[] {
  const lines = [...ranges]
    .reverse()
    .map((range) =>
      range.isStatic
        ? `available DHCP subnet: ${formatIpv4(range.start)}/${formatIpv4(range.netmask ?? maskOf(link.prefixLength))}`
        : `available DHCP range: ${formatIpv4(range.start)} -- ${formatIpv4(range.end)}`,
    )
  const vendor = message.text(DHO_VENDOR_CLASS_IDENTIFIER)
  if (vendor !== null) lines.push(`vendor class: ${vendor}`)
  const name = message.text(DHO_HOST_NAME)
  if (name !== null) lines.push(`client provides name: ${name}`)
  return lines
}

/** After the line that names the reply. */
export function sentLines(request: DhcpMessage, reply: DhcpMessage): string[] {
  const lines = requestedLines(request)
  if (reply.siaddr !== 0) lines.push(`next server: ${formatIpv4(reply.siaddr)}`)
  for (const option of reply.options) {
    const size = String(option.value.length).padStart(3)
    lines.push(`sent size:${size} option:${String(option.code).padStart(3)} ${NAMES.get(option.code) ?? ''}  ${valueText(option)}`)
  }
  return lines
}

/** A line is full once it is longer than 40 characters. */
function requestedLines(request: DhcpMessage): string[] {
  const codes = [...(request.option(DHO_PARAMETER_REQUEST_LIST) ?? [])]
  const lines: string[] = []
  let text = ''
  codes.forEach((code, i) => {
    const name = NAMES.get(code)
    const isLast = i === codes.length - 1
    text += `${code}${name === undefined ? '' : `:${name}`}${isLast ? '' : ', '}`
    if (!isLast && text.length <= 40) return
    lines.push(`requested options: ${text}`)
    text = ''
  })
  return lines
}

/** Of a value that is neither address nor text. */
const SHOWN_BYTES = 14
const TIMES = new Set([51, 58, 59])
const TEXTS = new Set([12, 15, 56, 119])

function valueText({ code, value }: DhcpOption): string {
  if (TIMES.has(code)) return prettyTime(get32(value, 0) === 0xffffffff ? Number.POSITIVE_INFINITY : get32(value, 0))
  if (TEXTS.has(code)) return String.fromCharCode(...value)
  if (value.length % 4 === 0 && code !== 121 && code !== 249) {
    const addresses: string[] = []
    for (let at = 0; at < value.length; at += 4) addresses.push(formatIpv4(getIpv4(value, at)))
    return addresses.join(', ')
  }
  if (value.length === 1) return String(value[0])
  if (code === DHO_INTERFACE_MTU) return String(get16(value, 0))
  const hex = [...value.subarray(0, SHOWN_BYTES)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
  return value.length > SHOWN_BYTES ? `${hex}...` : hex
}

const NAMES = new Map<number, string>([
  [1, 'netmask'],
  [2, 'time-offset'],
  [3, 'router'],
  [6, 'dns-server'],
  [7, 'log-server'],
  [9, 'lpr-server'],
  [12, 'hostname'],
  [13, 'boot-file-size'],
  [15, 'domain-name'],
  [17, 'root-path'],
  [26, 'mtu'],
  [28, 'broadcast'],
  [31, 'router-discovery'],
  [33, 'static-route'],
  [40, 'nis-domain'],
  [41, 'nis-server'],
  [42, 'ntp-server'],
  [43, 'vendor-encap'],
  [44, 'netbios-ns'],
  [46, 'netbios-nodetype'],
  [47, 'netbios-scope'],
  [51, 'lease-time'],
  [53, 'message-type'],
  [54, 'server-identifier'],
  [56, 'message'],
  [58, 'T1'],
  [59, 'T2'],
  [119, 'domain-search'],
  [121, 'classless-static-route'],
])
