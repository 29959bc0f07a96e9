// -j REJECT: drops the packet and tells its sender, by an ICMP error or a TCP reset.
import { defineTarget, optionsOf } from '../extension.js'
import type { HookState } from '../hook-state.js'
import { sendReset, sendUnreachable } from '../reject-answer.js'
import { badParameter } from '../xtables-error.js'

interface RejectType {
  readonly name: string
  readonly alias: string
  /** Code of the unreachable message; null: a TCP reset. */
  readonly code: number | null
}

export const REJECT_TYPES: readonly RejectType[] = [
  { name: 'icmp-net-unreachable', alias: 'net-unreach', code: 0 },
  { name: 'icmp-host-unreachable', alias: 'host-unreach', code: 1 },
  { name: 'icmp-proto-unreachable', alias: 'proto-unreach', code: 2 },
  { name: 'icmp-port-unreachable', alias: 'port-unreach', code: 3 },
  { name: 'icmp-net-prohibited', alias: 'net-prohib', code: 9 },
  { name: 'icmp-host-prohibited', alias: 'host-prohib', code: 10 },
  { name: 'tcp-reset', alias: 'tcp-rst', code: null },
  { name: 'icmp-admin-prohibited', alias: 'admin-prohib', code: 13 },
]

interface Params {
  type: RejectType
}

const { option } = optionsOf<Params>()

export const rejectTarget = defineTarget<Params>({
  name: 'REJECT',
  help: 'drops the packet and tells its sender',
  tables: ['filter'],
  hooks: ['INPUT', 'FORWARD', 'OUTPUT'],
  options: [option('reject-with', { hint: 'type', parse: parseType }, (p, type) => (p.type = type))],
  init: () => ({ type: REJECT_TYPES[3]! }),
  check(p, place) {
    if (p.type.code !== null || (place.protocol === 6 && !place.protocolInverted)) return null
    return 'ipt_REJECT: TCP_RESET invalid for non-tcp'
  },
  compile: (p) => (state: HookState) => {
    if (p.type.code === null) sendReset(state)
    else sendUnreachable(state, p.type.code)
    state.dropReason = 'NETFILTER_REJECT'
    return 'DROP'
  },
  print: (p) => ` reject-with ${p.type.name}`,
  save: (p) => ` --reject-with ${p.type.name}`,
})

function parseType(text: string): RejectType {
  const lower = text.toLowerCase()
  const found = REJECT_TYPES.find((type) => lower !== '' && (type.name.startsWith(lower) || type.alias.startsWith(lower)))
  if (found !== undefined) return found
  throw badParameter(`unknown reject type "${text}"`)
}
