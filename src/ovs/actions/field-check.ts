// May an action read or write this part of a field, given the match it stands behind?
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../../wire/ethernet.js'
import type { Subfield } from '../fields.js'
import { W } from '../flow-key.js'
import { prereqHolds } from '../match-set.js'
import { OfError } from '../of-error.js'
import { P_NXM, P_OF10 } from '../protocols.js'
import type { ActionCheck } from './kind.js'

export function checkSource(part: Subfield, check: ActionCheck): void {
  checkPart(part, check, 'source')
}

export function checkDestination(part: Subfield, check: ActionCheck): void {
  checkPart(part, check, 'destination')
  if (part.field.writable) return
  check.log('meta_flow', 'WARN', `destination field ${part.field.name} is not writable`)
  throw new OfError('OFPBAC_BAD_SET_ARGUMENT')
}

function checkPart(part: Subfield, check: ActionCheck, what: string): void {
  if (prereqHolds(part.field.prereq, check.key, check.mask)) return
  check.log('meta_flow', 'WARN', `${what} field ${part.field.name} lacks correct prerequisites`)
  throw new OfError('OFPBAC_MATCH_INCONSISTENT')
}

/** OpenFlow 1.0 lets it pass, later versions do not. */
export function inconsistent(check: ActionCheck): void {
  check.usable &= P_OF10 | P_NXM
}

export function needsIp(check: ActionCheck): void {
  const type = check.key[W.ETH_TYPE]
  if (type !== ETHERTYPE_IPV4 && type !== ETHERTYPE_IPV6) inconsistent(check)
}
