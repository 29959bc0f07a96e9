// A flow in every detail from text (`in_port=1,tcp,nw_src=...`): what is not said is 0. For ofproto/trace.
import { parseField } from './field-text.js'
import { fieldByName } from './fields.js'
import type { FlowKey } from './flow-key.js'
import { W } from './flow-key.js'
import { FlowTextError, type TextContext } from './flow-text-error.js'
import { keyValues } from './key-values.js'
import { matchAll } from './match.js'
import { prereqHolds, setMatch } from './match-set.js'
import { OFPP_NONE } from './port-numbers.js'
import { PROTOCOL_WORDS } from './protocol-words.js'

/** Throws FlowTextError. */
export function parseExactFlow(source: string, text: TextContext): FlowKey {
  const match = matchAll()
  const { key, mask } = match
  for (const { key: name, value } of keyValues(source)) {
    const protocol = PROTOCOL_WORDS[name]
    if (protocol !== undefined) {
      if (key[W.ETH_TYPE] !== 0) throw new FlowTextError(`${source}: Ethernet type set multiple times`)
      key[W.ETH_TYPE] = protocol[0]
      if (protocol[1] === 0) continue
      if (key[W.NW_PROTO] !== 0) throw new FlowTextError(`${source}: network protocol set multiple times`)
      key[W.NW_PROTO] = protocol[1]
      continue
    }
    const field = fieldByName(name, text.version)
    if (field === undefined) throw new FlowTextError(`${source}: unknown field ${name}`)
    if (!prereqHolds(field.prereq, key, null)) throw new FlowTextError(`${source}: prerequisites not met for setting ${name}`)
    const parsed = reading(source, name, () => parseField(field, value, text))
    setMatch(match, field, parsed)
    mask.fill(0)
  }
  if (key[W.IN_PORT] === 0) key[W.IN_PORT] = OFPP_NONE
  return key
}

function reading<T>(source: string, name: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof FlowTextError)) throw error
    throw new FlowTextError(`${source}: bad value for ${name} (${error.message})`)
  }
}
