// -m iprange: addresses between two others.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { formatIpv4, parseIpv4 } from '../../../addr/ipv4.js'
import type { Argument } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import { badParameter } from '../xtables-error.js'

interface AddressRange {
  readonly first: Ipv4Address
  readonly last: Ipv4Address
  readonly inverted: boolean
}

interface Params {
  source: AddressRange | null
  destination: AddressRange | null
}

const rangeArgument: Argument<{ first: Ipv4Address; last: Ipv4Address }> = {
  hint: 'ip[-ip]',
  parse(text, place) {
    const dash = text.indexOf('-')
    const firstText = dash < 0 ? text : text.slice(0, dash)
    const lastText = dash < 0 ? text : text.slice(dash + 1)
    const first = parseIpv4(firstText)
    const last = parseIpv4(lastText)
    if (first === null) throw badParameter(`iprange: Bad value for "--${place.option}" option: "${firstText}"`)
    if (last === null) throw badParameter(`iprange: Bad value for "--${place.option}" option: "${lastText}"`)
    if (first >>> 0 > last >>> 0) place.context.warn(`xt_iprange: range ${firstText}-${lastText} is reversed and will never match`)
    return { first, last }
  },
}

const { option } = optionsOf<Params>()

export const iprangeMatch = defineMatch<Params>({
  name: 'iprange',
  help: 'addresses between two others',
  options: [
    option('src-range', rangeArgument, (p, range, given) => (p.source = { ...range, inverted: given.inverted }), { invert: true }),
    option('dst-range', rangeArgument, (p, range, given) => (p.destination = { ...range, inverted: given.inverted }), { invert: true }),
  ],
  init: () => ({ source: null, destination: null }),
  finish(p) {
    if (p.source === null && p.destination === null) throw badParameter("iprange match: You must specify `--src-range' or `--dst-range'")
  },
  compile: (p) => (state) => {
    if (p.source !== null && isIn(state.ip.src, p.source) === p.source.inverted) return false
    return p.destination === null || isIn(state.ip.dst, p.destination) !== p.destination.inverted
  },
  print: (p) => shown(' source IP range', p.source) + shown(' destination IP range', p.destination),
  save: (p) => saved('src-range', p.source) + saved('dst-range', p.destination),
})

function isIn(address: Ipv4Address, range: AddressRange): boolean {
  return address >>> 0 >= range.first >>> 0 && address >>> 0 <= range.last >>> 0
}

function shown(label: string, range: AddressRange | null): string {
  return range === null ? '' : `${label}${range.inverted ? ' !' : ''} ${formatIpv4(range.first)}-${formatIpv4(range.last)}`
}

function saved(label: string, range: AddressRange | null): string {
  return range === null ? '' : `${range.inverted ? ' !' : ''} --${label} ${formatIpv4(range.first)}-${formatIpv4(range.last)}`
}
