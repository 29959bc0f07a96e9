// -m icmp: type and code of ICMP messages.
import { PROTO_ICMP } from '../../../wire/ipv4.js'
import type { Argument } from '../arguments.js'
import { parseUnsigned } from '../arguments.js'
import { defineMatch, optionsOf } from '../extension.js'
import { ICMP_TYPES } from '../icmp-types.js'
import { badParameter } from '../xtables-error.js'

interface Params {
  type: number
  minCode: number
  maxCode: number
  inverted: boolean
}

const ANY_TYPE = 255

const icmpType: Argument<{ type: number; minCode: number; maxCode: number }> = {
  hint: 'typename|type[/code]',
  parse(value) {
    const exact = ICMP_TYPES.find((each) => each.name.toLowerCase() === value.toLowerCase())
    const byPrefix = exact !== undefined ? [exact] : ICMP_TYPES.filter((each) => each.name.toLowerCase().startsWith(value.toLowerCase()))
    if (byPrefix.length > 1) throw badParameter(`Ambiguous ICMP type \`${value}': \`${byPrefix[0]!.name}' or \`${byPrefix[1]!.name}'?`)
    if (byPrefix.length === 1) return byPrefix[0]!
    return numericType(value)
  },
}

const { option } = optionsOf<Params>()

export const icmpMatch = defineMatch<Params>({
  name: 'icmp',
  help: 'type and code of ICMP messages',
  protocols: [PROTO_ICMP],
  options: [
    option(
      'icmp-type',
      icmpType,
      (p, value, given) => {
        p.type = value.type
        p.minCode = value.minCode
        p.maxCode = value.maxCode
        p.inverted = given.inverted
      },
      { invert: true, mandatory: true },
    ),
  ],
  init: () => ({ type: ANY_TYPE, minCode: 0, maxCode: 255, inverted: false }),
  compile: (p) => (state) => {
    const { payload } = state.ip
    if (payload instanceof Uint8Array || payload.kind !== 'icmp') return false
    const { type, code } = payload
    return (p.type === ANY_TYPE || (type === p.type && code >= p.minCode && code <= p.maxCode)) !== p.inverted
  },
  print(p, context) {
    const named = context.numeric ? undefined : ICMP_TYPES.find((each) => isSame(each, p))
    if (named !== undefined) return ` icmp ${p.inverted ? '!' : ''}${named.name}`
    return ` icmp${p.inverted ? ' !' : ''}type ${p.type}${codes(p)}`
  },
  save(p) {
    const not = p.inverted ? ' !' : ''
    if (p.type === ANY_TYPE) return `${not} --icmp-type any`
    return `${not} --icmp-type ${p.type}${p.minCode === 0 && p.maxCode === 255 ? '' : `/${p.minCode}${p.minCode === p.maxCode ? '' : `:${p.maxCode}`}`}`
  },
})

function codes(p: Params): string {
  if (p.minCode === p.maxCode) return ` code ${p.minCode}`
  return p.minCode === 0 && p.maxCode === 255 ? '' : ` codes ${p.minCode}-${p.maxCode}`
}

function isSame(named: { type: number; minCode: number; maxCode: number }, p: Params): boolean {
  return named.type === p.type && named.minCode === p.minCode && named.maxCode === p.maxCode
}

function numericType(value: string): { type: number; minCode: number; maxCode: number } {
  const [typeText, codeText] = value.split('/')
  const type = parseUnsigned(typeText ?? '')
  if (type === null || type > 255) throw badParameter(`Unknown ICMP type \`${typeText}'`)
  if (codeText === undefined) return { type, minCode: 0, maxCode: 255 }
  const [low, high] = codeText.split(':')
  const min = parseUnsigned(low ?? '')
  const max = high === undefined ? min : parseUnsigned(high)
  if (min === null || min > 255) throw badParameter(`Unknown ICMP code \`${value}'`)
  if (max === null || max > 255) throw badParameter(`Unknown ICMP code \`${value}'`)
  return { type, minCode: min, maxCode: max }
}
