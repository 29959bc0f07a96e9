// Looking fields up by name, and reading and writing them in a flow key (the slow path: values are bigints).

import { FIELDS, type Field } from './field-table.js'
import { type FlowKey, VLAN_CFI, W } from './flow-key.js'
import { OFPP_NONE, portFrom32, portTo32 } from './port-numbers.js'
import { atLeast, type OvsVersion } from './version.js'

export type { Field } from './field-table.js'

/** Some bits of a field: `NXM_NX_REG0[0..15]`. */
export interface Subfield {
  readonly field: Field
  readonly ofs: number
  readonly bits: number
}

const byName = new Map<string, Field>()
const byNxm = new Map<string, Field>()
for (const field of FIELDS) {
  for (const name of [field.name, ...field.aliases]) byName.set(name, field)
  for (const name of [field.nxm, field.oxm]) if (name !== null) byNxm.set(name, field)
}

/** By the names of flow text: `in_port`, `dl_src`, `reg0`. */
export function fieldByName(name: string, version?: OvsVersion): Field | undefined {
  const found = byName.get(name)
  return found !== undefined && (version === undefined || atLeast(version, found.since)) ? found : undefined
}

/** By the names of extensible matches: `NXM_OF_ETH_SRC`, `OXM_OF_ETH_SRC`. */
export function fieldByNxm(name: string, version?: OvsVersion): Field | undefined {
  const found = byNxm.get(name)
  return found !== undefined && (version === undefined || atLeast(version, found.since)) ? found : undefined
}

/** For code: a field that must exist. */
export function theField(name: string): Field {
  const found = byName.get(name)
  if (found === undefined) throw new Error(`no field ${name}`)
  return found
}

export function wholeField(field: Field): Subfield {
  return { field, ofs: 0, bits: field.bits }
}

const ONES = Array.from({ length: 129 }, (_, bits) => (1n << BigInt(bits)) - 1n)

export function onesOf(bits: number): bigint {
  return ONES[bits] ?? (1n << BigInt(bits)) - 1n
}

/** The field's bits as a number. */
export function getField(key: FlowKey, field: Field): bigint {
  if (field.kind === 'port_oxm') return BigInt(portTo32(key[field.word]! & 0xffff))
  if (field.bits <= 32 && field.words === 1) return BigInt(((key[field.word]! >>> field.shift) & lowOnes(field.bits)) >>> 0)
  let value = 0n
  for (let i = 0; i < field.words; i++) value = (value << 32n) | BigInt(key[field.word + i]! >>> 0)
  return (value >> BigInt(field.shift)) & onesOf(field.bits)
}

/** Changes the field's bits only; see `writeField` for what else setting a value entails. */
export function setField(key: FlowKey, field: Field, value: bigint): void {
  if (field.kind === 'port_oxm') {
    key[field.word] = portFrom32(Number(value & 0xffffffffn)) ?? OFPP_NONE
    return
  }
  if (field.words === 1) {
    const mask = lowOnes(field.bits) << field.shift
    key[field.word] = (key[field.word]! & ~mask) | ((Number(BigInt.asUintN(field.bits, value)) << field.shift) & mask)
    return
  }
  for (let i = field.words - 1, rest = value & onesOf(field.bits), left = field.bits; i >= 0; i--, rest >>= 32n, left -= 32) {
    key[field.word + i] = left >= 32 ? Number(rest & 0xffffffffn) | 0 : Number(rest & 0xffffffffn) & lowOnes(left)
  }
}

const MAKES_TAG = new Set(['dl_vlan', 'dl_vlan_pcp', 'vlan_pcp'])

/** As an action does it: a VLAN id or priority makes a tag where there is none. */
export function writeField(key: FlowKey, field: Field, value: bigint): void {
  setField(key, field, value)
  if (field.word === W.VLAN_TCI) keepTag(key, field)
}

function keepTag(key: FlowKey, field: Field): void {
  if (MAKES_TAG.has(field.name)) key[W.VLAN_TCI] = key[W.VLAN_TCI]! | VLAN_CFI
}

export function getSubfield(key: FlowKey, sf: Subfield): bigint {
  if (sf.ofs === 0 && sf.bits === sf.field.bits) return getField(key, sf.field)
  return (getField(key, sf.field) >> BigInt(sf.ofs)) & onesOf(sf.bits)
}

export function setSubfield(key: FlowKey, sf: Subfield, value: bigint): void {
  if (isOneWord(sf.field)) return setBits(key, sf, Number(BigInt.asUintN(32, value)))
  if (sf.ofs === 0 && sf.bits === sf.field.bits) return writeField(key, sf.field, value & onesOf(sf.bits))
  const ones = onesOf(sf.bits)
  const at = BigInt(sf.ofs)
  const before = getField(key, sf.field)
  writeField(key, sf.field, (before & ~(ones << at)) | ((value & ones) << at))
}

function isOneWord({ words, kind }: Field): boolean {
  return words === 1 && kind !== 'port_oxm'
}

/** `setSubfield` without long numbers. */
function setBits(key: FlowKey, { field, ofs, bits }: Subfield, value: number): void {
  const at = field.shift + ofs
  const mask = lowOnes(bits) << at
  key[field.word] = (key[field.word]! & ~mask) | ((value << at) & mask)
  if (field.word === W.VLAN_TCI) keepTag(key, field)
}

/** Sets the mask bits that `sf` covers: "looked at". */
export function coverSubfield(mask: FlowKey, sf: Subfield): void {
  const { field, ofs, bits } = sf
  if (isOneWord(field)) mask[field.word]! |= lowOnes(bits) << (field.shift + ofs)
  else setField(mask, sf.field, getField(mask, sf.field) | (onesOf(sf.bits) << BigInt(sf.ofs)))
}

export function coverField(mask: FlowKey, field: Field): void {
  if (isOneWord(field)) mask[field.word]! |= lowOnes(field.bits) << field.shift
  else setField(mask, field, onesOf(field.bits))
}

function lowOnes(bits: number): number {
  return bits >= 32 ? -1 : (1 << bits) - 1
}
