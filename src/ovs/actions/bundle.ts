// bundle and bundle_load: one of several ports by hash or by which is up.
import { FlowTextError } from '../flow-text-error.js'
import { atoi } from '../number-text.js'
import { OfError } from '../of-error.js'
import { OFPP_CONTROLLER, OFPP_NONE } from '../port-numbers.js'
import { formatPort, parsePort } from '../port-text.js'
import { formatSubfield, parseSubfield } from '../subfield-text.js'
import { atLeast } from '../version.js'
import type { Bundle, OfAction } from './action.js'
import { checkDestination } from './field-check.js'
import { parseHashFields } from './hash-fields.js'
import type { ActionKind, ActionParse, ActionWords } from './kind.js'
import { checkPort } from './output.js'

/** `experimenter` fields have no short header: some actions cannot name them. */
export function refuseExperimenter(field: { readonly nxm: string | null; readonly oxm: string | null }, whole: string, name: string): void {
  if (field.nxm === null && (field.oxm === null || /^(ONF|NX|ERIC)OXM/.test(field.oxm))) {
    throw new FlowTextError(`${whole}: experimenter OXM field '${name}' not supported`)
  }
}

function parseBundle(whole: string, parse: ActionParse, load: boolean): OfAction {
  const { text } = parse
  const cut = whole.split(/[, ]+/).filter((word) => word !== '')
  const heads = cut.slice(0, load ? 5 : 4)
  const rest = whole.slice(endOfWords(whole, heads.length))
  const delimiter = /^[: ]*([^: ]*)[: ]?(.*)$/.exec(rest.replace(/^[, ]+/, ''))
  if (cut.length <= heads.length || delimiter === null || delimiter[1] === '') {
    throw new FlowTextError(`${whole}: not enough arguments to bundle action`)
  }
  const [fields, basis, algorithm, memberType, dst] = heads as [string, string, string, string, string | undefined]
  if (!/^(members|slaves)$/i.test(delimiter[1]!)) {
    const wanted = atLeast(text.version, '2.15') ? 'member delimiter, expected `members' : 'slave delimiter, expected `slaves'
    throw new FlowTextError(`${whole}: missing ${wanted}', got \`${delimiter[1]}'`)
  }
  const members = delimiter[2]!
    .split(/[, [\]]+/)
    .filter((word) => word !== '')
    .map((word) => {
      const port = parsePort(word, text)
      if (port === null) throw new FlowTextError(`${word}: bad port number`)
      return port
    })
  const hash = parseHashFields(fields)
  if (hash === null) throw new FlowTextError(`${whole}: unknown fields \`${fields}'`)
  const method = algorithm.toLowerCase()
  if (method !== 'hrw' && method !== 'active_backup') throw new FlowTextError(`${whole}: unknown algorithm \`${algorithm}'`)
  if (memberType.toLowerCase() !== 'ofport') throw new FlowTextError(`${whole}: unknown member_type \`${memberType}'`)
  const target = dst === undefined ? null : parseSubfield(dst, text.version)
  if (target !== null) refuseExperimenter(target.field, whole, dst!)
  return { type: 'bundle', fields: hash, basis: atoi(basis) & 0xffff, algorithm: method, memberType: 'ofport', members, dst: target }
}

/** Where the first `count` words (cut by commas and spaces) end. */
function endOfWords(text: string, count: number): number {
  const words = /^[, ]*[^, ]+/
  let at = 0
  for (let i = 0; i < count; i++) at += words.exec(text.slice(at))?.[0].length ?? 0
  return at
}

export const bundleWords: ActionWords = {
  bundle: (argument, parse) => parseBundle(argument, parse, false),
  bundle_load: (argument, parse) => parseBundle(argument, parse, true),
}

export const bundle: ActionKind<Bundle> = {
  format(a, text) {
    const members = a.members.map((port) => formatPort(port, text)).join(',')
    const word = atLeast(text.version, '2.15') ? 'members' : 'slaves'
    const dst = a.dst === null ? '' : `${formatSubfield(a.dst)},`
    return `${a.dst === null ? 'bundle' : 'bundle_load'}(${a.fields},${a.basis},${a.algorithm},${a.memberType},${dst}${word}:${members})`
  },
  check(a, check) {
    if (a.dst !== null) checkDestination(a.dst, check)
    for (const port of a.members) {
      if (port !== OFPP_NONE) checkPort(port)
      if (port === OFPP_CONTROLLER) throw new OfError('OFPBAC_BAD_OUT_PORT')
    }
    return a
  },
  translate: (a, x) => x.bundle(a),
}
