// learn(): makes the flow that the packet teaches.
import type { LearnAction, OfAction } from './actions/action.js'
import { getField, getSubfield, setField } from './fields.js'
import { newKey, VLAN_CFI, W } from './flow-key.js'
import type { LearnedMod } from './learn-masks.js'
import { OFPP_MAX } from './port-numbers.js'
import type { Translation } from './translate.js'

export function composeLearn(x: Translation, action: LearnAction): void {
  const { sink } = x
  const { masks } = action
  for (const word of masks.words) x.wildcards[word]! |= masks.sources[word]!
  let mod = masks.known(x.key)
  if (mod === null) {
    mod = learnedFlow(x, action)
    masks.keep(x.key, mod)
  }
  if (action.resultDst !== null) x.write(action.resultDst, action.limit === 0 || x.bridge.hasRoomToLearn(mod, action.limit) ? 1n : 0n)
  if (sink !== null) {
    if (x.learns) sink.detail(sink.words.learned(mod, x.bridge))
    else sink.warn('suppressing side effects, so learn action ignored')
  }
  if (x.learns) x.pupils = [...x.pupils, { table: x.bridge.table(mod.table), mask: mod.match.mask }]
  x.credits.push({ type: 'learn', bridge: x.bridge, mod, limit: action.limit, isDelete: false })
}

function learnedFlow(x: Translation, action: LearnAction): LearnedMod {
  const match = { key: newKey(), mask: action.masks.match }
  const actions: OfAction[] = []
  if (action.finIdleTimeout !== 0 || action.finHardTimeout !== 0) {
    actions.push({ type: 'fin_timeout', idle: action.finIdleTimeout, hard: action.finHardTimeout })
  }
  for (const spec of action.specs) {
    switch (spec.kind) {
      case 'match_field':
      case 'match_value': {
        const value = spec.kind === 'match_field' ? getSubfield(x.key, spec.source) : spec.value
        const { field, ofs } = spec.dst
        setField(match.key, field, getField(match.key, field) | (value << BigInt(ofs)))
        if (field.name === 'vlan_vid') match.key[W.VLAN_TCI]! |= VLAN_CFI
        break
      }
      case 'load_field':
      case 'load_value': {
        const value = spec.kind === 'load_field' ? getSubfield(x.key, spec.source) : spec.value
        for (let done = 0; done < spec.dst.bits; done += 64) {
          const bits = Math.min(64, spec.dst.bits - done)
          const part = (value >> BigInt(done)) & ((1n << BigInt(bits)) - 1n)
          actions.push({ type: 'load', dst: { field: spec.dst.field, ofs: spec.dst.ofs + done, bits }, value: part })
        }
        break
      }
      case 'output': {
        const port = Number(getSubfield(x.key, spec.source))
        if (port < OFPP_MAX || port === 0xfff8 || port === 0xfffb || port === 0xfffe) actions.push({ type: 'output', port, maxLength: 0 })
      }
    }
  }
  return {
    command: 'modify_strict',
    table: action.table,
    match,
    priority: action.priority,
    cookie: action.cookie,
    cookieMatch: 0n,
    cookieMask: 0n,
    idleTimeout: action.idleTimeout,
    hardTimeout: action.hardTimeout,
    importance: 0,
    flags: action.sendFlowRem ? { sendFlowRem: true } : {},
    actions,
    outPort: null,
    outGroup: null,
  }
}
