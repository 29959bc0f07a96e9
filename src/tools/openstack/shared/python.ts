// Values as Python prints them: None, True, repr, json.dumps; and the order in which Python 2 walks a dict.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** str(value), or unicode(value) of Python 2. */
export function pythonText(value: Json | undefined, python: 2 | 3): string {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'string') return value
  return typeof value === 'number' ? String(value) : pythonRepr(value, python)
}

/** Texts that came as JSON are unicode in Python 2. */
export function pythonRepr(value: Json, python: 2 | 3): string {
  if (typeof value === 'string') return (python === 2 ? 'u' : '') + quotedText(value, python)
  if (isList(value)) return `[${value.map((item) => pythonRepr(item, python)).join(', ')}]`
  if (isObject(value)) {
    const pairs = keysInOrder(value, python).map((key) => `${pythonRepr(key, python)}: ${pythonRepr(value[key]!, python)}`)
    return `{${pairs.join(', ')}}`
  }
  return pythonText(value, python)
}

export function quotedText(text: string, python: 2 | 3): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  let out = mark
  for (const char of text) {
    const code = char.codePointAt(0)!
    if (char === '\\' || char === mark) out += `\\${char}`
    else if (char === '\n') out += '\\n'
    else if (char === '\r') out += '\\r'
    else if (char === '\t') out += '\\t'
    else if (code < 32 || code === 127) out += `\\x${code.toString(16).padStart(2, '0')}`
    else if (code > 127 && python === 2) out += code < 256 ? `\\x${code.toString(16)}` : `\\u${code.toString(16).padStart(4, '0')}`
    else out += char
  }
  return out + mark
}

/** json.dumps: a blank behind comma and colon, letters beyond ASCII escaped; `indent` as Python lays it out. */
export function jsonDumps(value: Json, python: 2 | 3, indent: number | null = null, depth = 0): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value).replace(/[\u007f-\uffff]/g, escaped)
  const isArray = isList(value)
  const items = isArray
    ? value.map((item) => jsonDumps(item, python, indent, depth + 1))
    : keysInOrder(value as JsonObject, python).map(
        (key) => `${jsonDumps(key, python)}: ${jsonDumps((value as JsonObject)[key]!, python, indent, depth + 1)}`,
      )
  const [open, close] = isArray ? ['[', ']'] : ['{', '}']
  if (items.length === 0) return open + close
  if (indent === null) return `${open}${items.join(', ')}${close}`
  // Python 2 leaves the blank behind the comma at the end of the line.
  const comma = python === 2 ? ', ' : ','
  const pad = ' '.repeat(indent * (depth + 1))
  return `${open}\n${items.map((item) => pad + item).join(`${comma}\n`)}\n${' '.repeat(indent * depth)}${close}`
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Python 3 keeps the order in which keys came. */
export function keysInOrder(value: JsonObject, python: 2 | 3): string[] {
  const keys = Object.keys(value)
  return python === 3 ? keys : python2Order(keys)
}

/** A dict of CPython 2.7 on 64 bits (hashes not randomised): slots by hash, probed and grown as dictobject.c does it. */
export function python2Order(keys: readonly string[]): string[] {
  let table: ({ key: string; hash: bigint } | undefined)[] = new Array(8)
  let used = 0
  for (const key of keys) {
    insert(table, key, python2Hash(key))
    used++
    if (used * 3 < table.length * 2) continue
    let size = 8
    while (size <= used * 4) size *= 2
    const old = table
    table = new Array(size)
    for (const entry of old) if (entry !== undefined) insert(table, entry.key, entry.hash)
  }
  return table.flatMap((entry) => (entry === undefined ? [] : [entry.key]))
}

const BITS = 64

function insert(table: ({ key: string; hash: bigint } | undefined)[], key: string, hash: bigint): void {
  const mask = BigInt(table.length - 1)
  let slot = hash & mask
  let perturb = BigInt.asUintN(BITS, hash)
  let probe = slot
  while (table[Number(slot)] !== undefined) {
    probe = BigInt.asUintN(BITS, (probe << 2n) + probe + perturb + 1n)
    slot = probe & mask
    perturb >>= 5n
  }
  table[Number(slot)] = { key, hash }
}

function python2Hash(text: string): bigint {
  if (text === '') return 0n
  let hash = BigInt(text.charCodeAt(0)) << 7n
  for (let i = 0; i < text.length; i++) hash = BigInt.asUintN(BITS, 1000003n * hash) ^ BigInt(text.charCodeAt(i))
  hash ^= BigInt(text.length)
  return BigInt.asIntN(BITS, hash) === -1n ? -2n : BigInt.asIntN(BITS, hash)
}
