// YAML as PyYAML's safe_dump writes it in block style: keys sorted, texts quoted where they would read as something else.
import { isList, isObject, type Json, type JsonObject } from './python.js'

export function yamlText(value: Json, python: 2 | 3): string {
  if (isList(value)) return value.length === 0 ? '[]\n' : listText(value, '', python)
  if (isObject(value)) return Object.keys(value).length === 0 ? '{}\n' : mapText(value, '', python)
  return `${scalar(value)}\n`
}

function listText(list: readonly Json[], indent: string, python: 2 | 3): string {
  return list
    .map((item) => {
      if (isList(item) && item.length > 0) return `${indent}- ${listText(item, `${indent}  `, python).trimStart()}`
      if (isObject(item) && Object.keys(item).length > 0) return `${indent}- ${mapText(item, `${indent}  `, python).trimStart()}`
      return `${indent}- ${empty(item) ?? scalar(item)}\n`
    })
    .join('')
}

function mapText(map: JsonObject, indent: string, python: 2 | 3): string {
  return Object.keys(map)
    .sort()
    .map((key) => {
      const value = map[key]!
      const name = `${indent}${scalar(key)}:`
      if (isList(value) && value.length > 0) return `${name}\n${listText(value, indent, python)}`
      if (isObject(value) && Object.keys(value).length > 0) return `${name}\n${mapText(value, `${indent}  `, python)}`
      return `${name} ${empty(value) ?? scalar(value, indent)}\n`
    })
    .join('')
}

function empty(value: Json): string | null {
  if (isList(value) && value.length === 0) return '[]'
  return isObject(value) && Object.keys(value).length === 0 ? '{}' : null
}

/** Texts that YAML 1.1 reads as null, boolean, number, date or mark. */
const READS_ELSE =
  /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|=|<<|[-+]?(?:0|[1-9][0-9_]*)|0[0-7_]+|0x[0-9a-fA-F_]+|[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|\d{4}-\d\d?-\d\d?(?:(?:[Tt]|\s+)\d\d?:\d\d:\d\d.*)?)$/

function scalar(value: Json, indent = ''): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean' || typeof value === 'number') return String(value)
  const text = String(value)
  if (text.includes('\n')) return multiline(text, indent)
  const isPlain =
    text !== '' &&
    !READS_ELSE.test(text) &&
    !/^[\s\-?:,[\]{}#&*!|>'"%@`]/.test(text.replace(/^[-?:](?=\S)/, '')) &&
    !/: |:$| #|\s$/.test(text)
  return isPlain ? text : `'${text.replace(/'/g, "''")}'`
}

/** Single quotes: a line end is written as an empty line. */
function multiline(text: string, indent: string): string {
  const lines = text.split('\n')
  return `'${lines.map((line) => line.replace(/'/g, "''")).join(`\n\n${indent}  `)}'`
}
