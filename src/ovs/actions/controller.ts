// controller(...): sends the packet to controllers.
import { FlowTextError } from '../flow-text-error.js'
import { keyValues } from '../key-values.js'
import { parseU16, parseU32 } from '../number-text.js'
import { OFPP_CONTROLLER } from '../port-numbers.js'
import type { ControllerAction, OfAction, PacketInReason } from './action.js'
import { formatHex, parseHex } from './hex-bytes.js'
import type { ActionKind, ActionParse, ActionWords } from './kind.js'

const REASONS: readonly PacketInReason[] = ['no_match', 'action', 'invalid_ttl', 'action_set', 'group', 'packet_out']
const WHOLE = 0xffff

type Draft = { -readonly [K in keyof ControllerAction]: ControllerAction[K] }

function parseController(argument: string, _parse: ActionParse): OfAction {
  const draft: Draft = {
    type: 'controller',
    maxLength: WHOLE,
    controllerId: 0,
    reason: 'action',
    userdata: null,
    pause: false,
    meter: null,
  }
  if (/^\d+$/.test(argument)) draft.maxLength = parseU16(argument, 'max_len')
  else for (const { key, value } of keyValues(argument)) parseOption(draft, key, value)
  return isPlain(draft) ? { type: 'output', port: OFPP_CONTROLLER, maxLength: draft.maxLength } : draft
}

function parseOption(draft: Draft, key: string, value: string): void {
  switch (key) {
    case 'reason': {
      const reason = REASONS.find((one) => one === value)
      if (reason === undefined) throw new FlowTextError(`unknown reason "${value}"`)
      draft.reason = reason
      return
    }
    case 'max_len':
      draft.maxLength = parseU16(value, 'max_len')
      return
    case 'id':
      draft.controllerId = parseU16(value, 'id')
      return
    case 'userdata': {
      draft.userdata = parseHex(value)
      if (draft.userdata === null) throw new FlowTextError("bad hex digit in `controller' action `userdata'")
      return
    }
    case 'pause':
      draft.pause = true
      return
    case 'meter_id':
      draft.meter = parseU32(value)
      return
    default:
      throw new FlowTextError(`unknown key "${key}" parsing controller action`)
  }
}

function isPlain(a: ControllerAction): boolean {
  return a.reason === 'action' && a.controllerId === 0 && a.userdata === null && !a.pause && a.meter === null
}

export const controllerWords: ActionWords = { controller: parseController }

export const controller: ActionKind<ControllerAction> = {
  format(a) {
    if (isPlain(a)) return `CONTROLLER:${a.maxLength}`
    const parts: string[] = []
    if (a.reason !== 'action') parts.push(`reason=${a.reason}`)
    if (a.maxLength !== WHOLE) parts.push(`max_len=${a.maxLength}`)
    if (a.controllerId !== 0) parts.push(`id=${a.controllerId}`)
    if (a.userdata !== null && a.userdata.length > 0) parts.push(`userdata=${formatHex(a.userdata)}`)
    if (a.pause) parts.push('pause')
    if (a.meter !== null) parts.push(`meter_id=${a.meter}`)
    return `controller(${parts.join(',')})`
  },
  translate: (a, x) => x.controller(a),
}
