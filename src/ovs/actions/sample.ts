// sample(...): hands a share of the packets to an IPFIX collector. Read and printed; there are no collectors.
import { FlowTextError } from '../flow-text-error.js'
import { keyValues } from '../key-values.js'
import { parseU16, parseU32 } from '../number-text.js'
import { formatPort, parsePort } from '../port-text.js'
import type { OfAction, SampleAction } from './action.js'
import type { ActionKind, ActionParse, ActionWords } from './kind.js'

type Draft = { -readonly [K in keyof SampleAction]: SampleAction[K] }

function parseSample(argument: string, { text }: ActionParse): OfAction {
  const draft: Draft = { type: 'sample', probability: 0, collectorSet: 0, domain: 0, point: 0, samplingPort: null, direction: 'default' }
  for (const { key, value } of keyValues(argument)) {
    if (key === 'probability') {
      draft.probability = parseU16(value, 'probability')
      if (draft.probability === 0) throw new FlowTextError(`invalid probability value "${value}"`)
    } else if (key === 'collector_set_id') draft.collectorSet = parseU32(value)
    else if (key === 'obs_domain_id') draft.domain = parseU32(value)
    else if (key === 'obs_point_id') draft.point = parseU32(value)
    else if (key === 'sampling_port') {
      draft.samplingPort = parsePort(value, text)
      if (draft.samplingPort === null) throw new FlowTextError(`${value}: unknown port`)
    } else if (key === 'ingress' || key === 'egress') draft.direction = key
    else throw new FlowTextError(`invalid key "${key}" in "sample" argument`)
  }
  if (draft.probability === 0) throw new FlowTextError('non-zero "probability" must be specified on sample')
  return draft
}

export const sampleWords: ActionWords = { sample: parseSample }

export const sample: ActionKind<SampleAction> = {
  format(a, text) {
    const ids = `collector_set_id=${a.collectorSet},obs_domain_id=${a.domain},obs_point_id=${a.point}`
    const port = a.samplingPort === null ? '' : `,sampling_port=${formatPort(a.samplingPort, text)}`
    const direction = a.direction === 'default' ? '' : `,${a.direction}`
    return `sample(probability=${a.probability},${ids}${port}${direction})`
  },
  translate() {},
}
