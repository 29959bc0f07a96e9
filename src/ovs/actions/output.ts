// output, with its forms for controllers, registers and cut packets.
import { FlowTextError, type TextContext } from '../flow-text-error.js'
import { keyValues } from '../key-values.js'
import { parseU32 } from '../number-text.js'
import { OfError } from '../of-error.js'
import { OFPP_CONTROLLER, OFPP_IN_PORT, OFPP_LOCAL, OFPP_MAX, OFPP_NONE, OFPP_UNSET } from '../port-numbers.js'
import { formatPort, parsePort } from '../port-text.js'
import { formatSubfield, parseSubfield } from '../subfield-text.js'
import type { OfAction, OutputAction, OutputReg, OutputTrunc } from './action.js'
import { checkSource } from './field-check.js'
import type { ActionKind, ActionParse, ActionWords } from './kind.js'

const ETH_HEADER = 14

/** A port alone, as in `actions=2` or `actions=NORMAL`. */
export function outputTo(port: number): OutputAction {
  return { type: 'output', port, maxLength: 0 }
}

export function checkPort(port: number): void {
  const reserved = port >= OFPP_IN_PORT && port !== OFPP_NONE
  if (!reserved && port >= OFPP_MAX) throw new OfError('OFPBAC_BAD_OUT_PORT')
  if (port === OFPP_NONE || port === OFPP_UNSET) throw new OfError('OFPBAC_BAD_OUT_PORT')
}

function parseTrunc(argument: string, text: TextContext): OutputTrunc {
  let port = 0
  let maxLength = 0
  for (const { key, value } of keyValues(argument)) {
    if (key === 'port') {
      const found = parsePort(value, text)
      if (found === null) throw new FlowTextError(`output to unknown truncate port: ${value}`)
      if (found > OFPP_MAX && found !== OFPP_LOCAL && found !== OFPP_IN_PORT) {
        throw new FlowTextError(`output to unsupported truncate port: ${value}`)
      }
      port = found
    } else if (key === 'max_len') {
      maxLength = parseU32(value)
      if (maxLength < ETH_HEADER) throw new FlowTextError(`max_len ${maxLength} is less than the minimum value ${ETH_HEADER}`)
    } else throw new FlowTextError(`invalid key '${key}' in output_trunc argument`)
  }
  return { type: 'output_trunc', port, maxLength }
}

function parseOutput(argument: string, { text }: ActionParse): OfAction {
  if (argument.includes('port') && argument.includes('max_len')) return parseTrunc(argument, text)
  const port = parsePort(argument, text)
  if (port !== null) return { type: 'output', port, maxLength: port === OFPP_CONTROLLER ? 0xffff : 0 }
  try {
    return { type: 'output_reg', source: parseSubfield(argument, text.version), maxLength: 0xffff }
  } catch {
    throw new FlowTextError(`${argument}: output to unknown port`)
  }
}

export const outputWords: ActionWords = {
  output: parseOutput,
  output_reg: parseOutput,
  output_trunc: (argument) => {
    throw new FlowTextError(`unknown action ${argument}`)
  },
}

export const output: ActionKind<OutputAction> = {
  format(a, text) {
    if (a.port === OFPP_CONTROLLER) return `CONTROLLER:${a.maxLength}`
    return a.port < OFPP_MAX ? `output:${formatPort(a.port, text)}` : formatPort(a.port, text)
  },
  check(a) {
    checkPort(a.port)
    return a
  },
  translate: (a, x) => x.output(a.port, a.maxLength),
}

export const outputReg: ActionKind<OutputReg> = {
  format: (a) => `output:${formatSubfield(a.source)}`,
  check(a, check) {
    checkSource(a.source, check)
    return a
  },
  translate: (a, x) => x.outputReg(a.source, a.maxLength),
}

export const outputTrunc: ActionKind<OutputTrunc> = {
  format: (a, text) => `output(port=${formatPort(a.port, text)},max_len=${a.maxLength})`,
  check(a) {
    checkPort(a.port)
    return a
  },
  translate: (a, x) => x.output(a.port, a.maxLength),
}
