// `NXM_NX_REG0[0..15]`: parts of fields.
import type { Field } from './field-table.js'
import { fieldByName, fieldByNxm, type Subfield } from './fields.js'
import { FlowTextError } from './flow-text-error.js'
import type { OvsVersion } from './version.js'

export interface SubfieldPrefix {
  readonly part: Subfield
  readonly rest: string
}

/** By extended-match name, in any version also by plain name. */
export function anyField(name: string, version: OvsVersion): Field | undefined {
  const bare = name.endsWith('_W') ? name.slice(0, -2) : name
  return fieldByNxm(bare, version) ?? fieldByName(name, version)
}

export function subfieldPrefix(text: string, version: OvsVersion): SubfieldPrefix {
  const name = /^[^[-]*/.exec(text)![0]
  const field = anyField(name, version)
  if (field === undefined) throw new FlowTextError(`${text}: unknown field \`${name}'`)
  let rest = text.slice(name.length)
  let start = 0
  let end = field.bits - 1
  if (rest.startsWith('[')) {
    const bits = /^\[(?:\s*(-?\d+)(?:\.\.(-?\d+))?)?\]/.exec(rest)
    if (bits === null) throw new FlowTextError(`${text}: syntax error expecting [] or [<bit>] or [<start>..<end>]`)
    if (bits[1] !== undefined) {
      start = Number(bits[1])
      end = bits[2] === undefined ? start : Number(bits[2])
    }
    rest = rest.slice(bits[0].length)
  }
  const width = `field is only ${field.bits} bits wide`
  if (start > end) throw new FlowTextError(`${text}: starting bit ${start} is after ending bit ${end}`)
  if (start >= field.bits) throw new FlowTextError(`${text}: starting bit ${start} is not valid because ${width}`)
  if (end >= field.bits) throw new FlowTextError(`${text}: ending bit ${end} is not valid because ${width}`)
  return { part: { field, ofs: start, bits: end - start + 1 }, rest }
}

export function parseSubfield(text: string, version: OvsVersion): Subfield {
  const { part, rest } = subfieldPrefix(text, version)
  if (rest !== '') throw new FlowTextError(`unexpected input following field syntax`)
  return part
}

export function formatSubfield(part: Subfield): string {
  const name = part.field.nxm ?? part.field.oxm ?? part.field.name
  if (part.ofs === 0 && part.bits === part.field.bits) return `${name}[]`
  return part.bits === 1 ? `${name}[${part.ofs}]` : `${name}[${part.ofs}..${part.ofs + part.bits - 1}]`
}
