// multipath: a number by hash into a register. It is read and printed; netlab does not run it.
import { FlowTextError } from '../flow-text-error.js'
import { atoi } from '../number-text.js'
import { formatSubfield, parseSubfield } from '../subfield-text.js'
import type { Multipath, OfAction } from './action.js'
import { refuseExperimenter } from './bundle.js'
import { checkDestination } from './field-check.js'
import { parseHashFields } from './hash-fields.js'
import type { ActionKind, ActionParse, ActionWords } from './kind.js'

const ALGORITHMS: readonly Multipath['algorithm'][] = ['modulo_n', 'hash_threshold', 'hrw', 'iter_hash']

function parseMultipath(whole: string, { text }: ActionParse): OfAction {
  const words = whole.split(/[, ]+/).filter((word) => word !== '')
  if (words.length < 6) throw new FlowTextError(`${whole}: not enough arguments to multipath action`)
  const [fields, basis, method, count, argument, target] = words as [string, string, string, string, string, string]
  const hash = parseHashFields(fields)
  if (hash === null) throw new FlowTextError(`${whole}: unknown fields \`${fields}'`)
  const algorithm = ALGORITHMS.find((name) => name === method.toLowerCase())
  if (algorithm === undefined) throw new FlowTextError(`${whole}: unknown algorithm \`${method}'`)
  const links = atoi(count)
  if (links < 1 || links > 65536) throw new FlowTextError(`${whole}: n_links ${links} is not in valid range 1 to 65536`)
  const dst = parseSubfield(target, text.version)
  refuseExperimenter(dst.field, whole, target)
  if (dst.bits < 16 && links > 1 << dst.bits) {
    const room = `${dst.bits}-bit destination field has ${1 << dst.bits} possible values`
    throw new FlowTextError(`${whole}: ${room}, less than specified n_links ${links}`)
  }
  return { type: 'multipath', fields: hash, basis: atoi(basis) & 0xffff, algorithm, links, argument: atoi(argument) >>> 0, dst }
}

export const multipathWords: ActionWords = { multipath: parseMultipath }

export const multipath: ActionKind<Multipath> = {
  format: (a) => `multipath(${a.fields},${a.basis},${a.algorithm},${a.links},${a.argument},${formatSubfield(a.dst)})`,
  check(a, check) {
    checkDestination(a.dst, check)
    return a
  },
  translate: (_a, x) => x.report('multipath is not emulated'),
}
