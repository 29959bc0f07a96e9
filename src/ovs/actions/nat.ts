// nat(...) inside of ct(...).
import { compareIpv4, formatIpv4, parseIpv4 } from '../../addr/ipv4.js'
import { formatIpv6, parseIpv6 } from '../../addr/ipv6.js'
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../../wire/ethernet.js'
import { W } from '../flow-key.js'
import { FlowTextError } from '../flow-text-error.js'
import { keyValues } from '../key-values.js'
import { OfError } from '../of-error.js'
import type { NatAction } from './action.js'
import type { ActionCheck, ActionKind, ActionWords } from './kind.js'

type Draft = { -readonly [K in keyof NatAction]: NatAction[K] }

export function parseNat(argument: string): NatAction {
  const draft: Draft = {
    type: 'nat',
    kind: null,
    family: 0,
    addressMin: 0,
    addressMax: 0,
    portMin: 0,
    portMax: 0,
    persistent: false,
    hash: false,
    random: false,
  }
  const kinds = new Set<string>()
  for (const { key, value } of keyValues(argument)) {
    if (key === 'src' || key === 'dst') {
      kinds.add(key)
      draft.kind = key
      parseRange(value, draft)
    } else if (key === 'persistent' || key === 'hash' || key === 'random') draft[key] = true
    else throw new FlowTextError(`invalid key "${key}" in "nat" argument`)
  }
  if (kinds.size > 1) throw new FlowTextError('May only specify one of "src" or "dst".')
  if (kinds.size === 0 && (draft.persistent || draft.hash || draft.random)) {
    throw new FlowTextError('Flags allowed only with "src" or "dst".')
  }
  if (draft.hash && draft.random) throw new FlowTextError('Both "hash" and "random" are not allowed.')
  return draft
}

const IPV4 = '\\d+\\.\\d+\\.\\d+\\.\\d+'
const IPV6 = '[0-9a-fA-F:.]+'
const RANGE4 = new RegExp(`^(${IPV4})(-(${IPV4})?)?`)
const RANGE6 = new RegExp(`^(?:\\[(${IPV6})\\]|(${IPV6}))(-(?:\\[(${IPV6})\\]|(${IPV6}))?)?`)

/** ADDRESS[-ADDRESS][:PORT[-PORT]], IPv6 addresses in brackets or bare. */
function parseRange(text: string, draft: Draft): void {
  const used = RANGE4.test(text) ? parseRange4(text, draft) : parseRange6(text, draft)
  const at = draft.family === 0 ? used : used + parsePorts(text.slice(used), text, draft)
  if (at !== text.length) throw new FlowTextError(`garbage (${text.slice(at)}) after nat range "${text}" (pos: ${at})`)
}

function invalid(text: string): FlowTextError {
  return new FlowTextError(`invalid nat range "${text}"`)
}

function parseRange4(text: string, draft: Draft): number {
  const found = RANGE4.exec(text)!
  const low = parseIpv4(found[1]!)
  if (low === null) throw invalid(text)
  const high = found[2] === undefined ? low : found[3] === undefined ? null : parseIpv4(found[3])
  if (high === null || compareIpv4(high, low) < 0) throw invalid(text)
  draft.family = 4
  draft.addressMin = low
  draft.addressMax = high
  return found[0].length
}

function parseRange6(text: string, draft: Draft): number {
  const found = RANGE6.exec(text)
  const low = found === null ? null : parseIpv6((found[1] ?? found[2])!)
  if (found === null || low === null) return 0
  const end = found[4] ?? found[5]
  const high = found[3] === undefined ? low : end === undefined ? null : parseIpv6(end)
  if (high === null || high < low) throw invalid(text)
  draft.family = 6
  draft.addressMin = low
  draft.addressMax = high
  return found[0].length
}

function parsePorts(tail: string, text: string, draft: Draft): number {
  if (!tail.startsWith(':')) return 0
  const found = /^:(\d+)(-(\d+)?)?/.exec(tail)
  if (found === null || Number(found[1]) > 0xffff) throw invalid(text)
  draft.portMin = Number(found[1])
  draft.portMax = found[2] === undefined ? draft.portMin : Number(found[3] ?? Number.NaN)
  if (!(draft.portMax >= draft.portMin && draft.portMax <= 0xffff)) throw invalid(text)
  return found[0].length
}

function formatAddress(a: NatAction, address: number | bigint): string {
  if (typeof address === 'number') return formatIpv4(address)
  return a.portMin === 0 ? formatIpv6(address) : `[${formatIpv6(address)}]`
}

export function formatNat(a: NatAction): string {
  if (a.kind === null) return 'nat'
  if (a.family === 0) return `nat(${a.kind})`
  let range = formatAddress(a, a.addressMin)
  if (a.addressMax !== a.addressMin) range += `-${formatAddress(a, a.addressMax)}`
  if (a.portMin !== 0) range += `:${a.portMin}${a.portMax === a.portMin ? '' : `-${a.portMax}`}`
  const flags = [a.persistent ? ',persistent' : '', a.hash ? ',hash' : '', a.random ? ',random' : '']
  return `nat(${a.kind}=${range}${flags.join('')})`
}

export function checkNat(a: NatAction, check: ActionCheck): void {
  const type = check.key[W.ETH_TYPE]
  const v4 = type === ETHERTYPE_IPV4
  const v6 = type === ETHERTYPE_IPV6
  if ((!v4 && !v6) || (a.family === 4 && !v4) || (a.family === 6 && !v6)) throw new OfError('OFPBAC_MATCH_INCONSISTENT')
}

export const natWords: ActionWords = { nat: (argument) => parseNat(argument) }

/** Only ever inside of ct, which hands it to the datapath. */
export const nat: ActionKind<NatAction> = {
  format: formatNat,
  check(a, check) {
    checkNat(a, check)
    return a
  },
  translate() {},
}
