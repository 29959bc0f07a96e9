// What --to-source, --to-destination, --to-ports take, and how they are printed.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { formatIpv4, parseIpv4 } from '../../../addr/ipv4.js'
import { PROTO_ICMP } from '../../../wire/ipv4.js'
import type { Argument } from '../arguments.js'
import { parseUnsigned } from '../arguments.js'
import type { ParseContext } from '../extension.js'
import type { HookState } from '../hook-state.js'
import type { NatRange } from '../nat-table.js'
import { hasPorts } from '../tuple-of.js'
import { badParameter } from '../xtables-error.js'

export interface NatParams {
  addresses: { min: Ipv4Address; max: Ipv4Address } | null
  ports: { min: number; max: number; base: number | null } | null
  random: boolean
  randomFully: boolean
  persistent: boolean
}

export function emptyNat(): NatParams {
  return { addresses: null, ports: null, random: false, randomFully: false, persistent: false }
}

function port(word: string, context: ParseContext, mayBeName: boolean): number {
  const number = parseUnsigned(word)
  const found = number !== null && number <= 65535 ? number : mayBeName ? context.service(word, null) : null
  if (found === null) throw badParameter(`Port \`${word}' not valid`)
  return found
}

/** `80`, `80-90`, `ssh`, `1000-2000/3000`. */
export function parsePorts(text: string, context: ParseContext): { min: number; max: number; base: number | null } {
  // ICMP passes here: its identifiers are ports of a kind.
  if (!hasPorts(context.protocol) && context.protocol !== PROTO_ICMP)
    throw badParameter('Need TCP, UDP, SCTP or DCCP with port specification')
  const slash = text.indexOf('/')
  const range = slash < 0 ? text : text.slice(0, slash)
  const dash = /^\d+-/.test(range) ? range.indexOf('-') : -1
  const isRange = dash > 0
  const min = port(isRange ? range.slice(0, dash) : range, context, true)
  const max = isRange ? port(range.slice(dash + 1), context, false) : min
  if (min > max) throw badParameter(`Port range \`${range.slice(dash + 1)}' funky`)
  if (slash < 0) return { min, max, base: null }
  const base = port(text.slice(slash + 1), context, true)
  if (base === 0) throw badParameter(`Port \`${text.slice(slash + 1)}' not valid`)
  return { min, max, base }
}

/** `a`, `a-b`, `a-b:ports`, `:ports`. */
export function parseNatTo(text: string, context: ParseContext): Pick<NatParams, 'addresses' | 'ports'> {
  const colon = text.indexOf(':')
  const ports = colon < 0 ? null : parsePorts(text.slice(colon + 1), context)
  const addressText = colon < 0 ? text : text.slice(0, colon)
  if (addressText === '') return { addresses: null, ports }
  const dash = addressText.indexOf('-')
  const first = dash < 0 ? addressText : addressText.slice(0, dash)
  const last = dash < 0 ? first : addressText.slice(dash + 1)
  const min = parseIpv4(first)
  if (min === null) throw badParameter(`Bad IP address "${first}"`)
  const max = parseIpv4(last)
  if (max === null) throw badParameter(`Bad IP address "${last}"`)
  return { addresses: { min, max }, ports }
}

export const natTo: Argument<Pick<NatParams, 'addresses' | 'ports'>> = {
  hint: '[ipaddr[-ipaddr]][:port[-port]]',
  parse: (text, place) => parseNatTo(text, place.context),
}

export const natPorts: Argument<{ min: number; max: number; base: number | null }> = {
  hint: 'port[-port]',
  parse(text, place) {
    const ports = parsePorts(text, place.context)
    if (ports.base !== null) throw badParameter('Shifted portmap ranges not supported with this kernel')
    return ports
  },
}

export function natToText(p: NatParams): string {
  let text = ''
  if (p.addresses !== null) {
    text = formatIpv4(p.addresses.min)
    if (p.addresses.max !== p.addresses.min) text += `-${formatIpv4(p.addresses.max)}`
  }
  return p.ports === null ? text : `${text}:${portsText(p.ports)}`
}

export function portsText(ports: { min: number; max: number; base: number | null }): string {
  const range = ports.min === ports.max ? String(ports.min) : `${ports.min}-${ports.max}`
  return ports.base === null ? range : `${range}/${ports.base}`
}

export function natFlags(p: NatParams, dashes: string): string {
  let text = ''
  if (p.random) text += ` ${dashes}random`
  if (p.randomFully) text += ` ${dashes}random-fully`
  if (p.persistent) text += ` ${dashes}persistent`
  return text
}

export function rangeOf(p: NatParams): NatRange {
  return p
}

/** Binds the packet's connection unless another rule did; the connection is new in the nat table. */
export function bind(state: HookState, range: NatRange, manip: 'SRC' | 'DST'): void {
  const { ct } = state.pkt
  if (ct !== null) state.netfilter.conntrack.nat.bind(ct, range, manip)
}
