// -s and -d: addresses, masks and lists of them, as the tools read them.
import { maskOf } from '../../addr/ipv4.js'
import type { AddressMask } from '../../kernel/netfilter/arguments.js'
import { parseUnsigned } from '../../kernel/netfilter/arguments.js'
import { badParameter } from '../../kernel/netfilter/xtables-error.js'
import type { XtHost } from './xtables.js'

/** `a,b/24,c`: every address of the list. */
export function parseAddressList(text: string, host: XtHost): AddressMask[] {
  return text.split(',').flatMap((part) => parseOne(part.trim(), host))
}

function parseOne(part: string, host: XtHost): AddressMask[] {
  const slash = part.lastIndexOf('/')
  const mask = slash < 0 ? -1 : parseMask(part.slice(slash + 1))
  const name = slash < 0 ? part : part.slice(0, slash)
  // With mask 0 the address does not matter, whatever it says.
  if (mask === 0) return [{ address: 0, mask: 0 }]
  const dotted = parseLenient(name)
  const found = dotted !== null ? [dotted] : host.hostAddresses(name)
  if (found === null || found.length === 0) throw badParameter(`host/network \`${name}' not found`)
  return found.map((address) => ({ address: address & mask, mask }))
}

/** Missing octets are zero: `10.0.0` is 10.0.0.0, not 10.0.0.0/24. */
function parseLenient(text: string): number | null {
  if (!/^\d{1,3}(\.\d{1,3}){0,3}$/.test(text)) return null
  const octets = text.split('.').map(Number)
  if (octets.some((octet) => octet > 255)) return null
  while (octets.length < 4) octets.push(0)
  return octets.reduce((value, octet) => (value << 8) | octet, 0)
}

function parseMask(text: string): number {
  if (text === '') return -1
  const dotted = text.includes('.') ? parseDotted(text) : null
  if (dotted !== null) return dotted
  const length = parseUnsigned(text)
  if (length === null || length > 32) throw badParameter(`invalid mask \`${text}' specified`)
  return maskOf(length)
}

function parseDotted(text: string): number | null {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) ? parseLenient(text) : null
}
