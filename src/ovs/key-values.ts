// Cutting `key=value,key(value),key` apart, as all flow text is written.

export interface KeyValue {
  readonly key: string
  /** Empty when there is none. */
  readonly value: string
}

/** A set of ASCII characters. */
class Characters {
  private readonly has = new Uint8Array(128)

  constructor(all: string) {
    for (const character of all) this.has[character.charCodeAt(0)] = 1
  }

  at(text: string, index: number): boolean {
    const code = text.charCodeAt(index)
    return code < 128 && this.has[code] === 1
  }
}

const SPACE = new Characters(', \t\r\n')
const KEY_ENDS = new Characters(':=(, \t\r\n')
const CLOSING = new Characters(')')
const OPENING = 0x28

function span(text: string, at: number, stop: Characters): number {
  let end = at
  while (end < text.length && !stop.at(text, end)) end++
  return end
}

/** End of a value; parentheses inside are passed over whole. */
function valueEnd(text: string, at: number, delimiters: Characters): number {
  let i = at
  while (i < text.length && !delimiters.at(text, i)) {
    if (text.charCodeAt(i) !== OPENING) {
      i++
      continue
    }
    let level = 0
    do {
      if (i >= text.length) return i
      if (text[i] === '(') level++
      else if (text[i] === ')') level--
      i++
    } while (level > 0)
  }
  return i
}

export function* keyValues(text: string): Generator<KeyValue> {
  let at = 0
  for (;;) {
    while (at < text.length && SPACE.at(text, at)) at++
    if (at >= text.length) return
    const keyEnd = span(text, at, KEY_ENDS)
    const key = text.slice(at, keyEnd)
    const delimiter = text[keyEnd] ?? ''
    at = keyEnd + (delimiter === '' ? 0 : 1)
    if (delimiter !== ':' && delimiter !== '=' && delimiter !== '(') {
      yield { key, value: '' }
      continue
    }
    const start = at
    let end = valueEnd(text, start, delimiter === '(' ? CLOSING : SPACE)
    // `key(x)->y`: the value goes on behind the parenthesis.
    if (delimiter === '(' && text.startsWith(')->', end)) end = valueEnd(text, end, SPACE)
    at = end + (end < text.length ? 1 : 0)
    yield { key, value: text.slice(start, end) }
  }
}
