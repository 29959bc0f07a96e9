// Cutting `key=value,key(value),key` apart, as all flow text is written.

export interface KeyValue {
  readonly key: string
  /** Empty when there is none. */
  readonly value: string
}

const SPACE = ', \t\r\n'

function span(text: string, at: number, stop: string): number {
  let end = at
  while (end < text.length && !stop.includes(text[end]!)) end++
  return end
}

/** End of a value; parentheses inside are passed over whole. */
function valueEnd(text: string, at: number, delimiters: string): number {
  let i = at
  while (i < text.length && !delimiters.includes(text[i]!)) {
    if (text[i] !== '(') {
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
    while (at < text.length && SPACE.includes(text[at]!)) at++
    if (at >= text.length) return
    const keyEnd = span(text, at, ':=(, \t\r\n')
    const key = text.slice(at, keyEnd)
    const delimiter = text[keyEnd] ?? ''
    at = keyEnd + (delimiter === '' ? 0 : 1)
    if (delimiter !== ':' && delimiter !== '=' && delimiter !== '(') {
      yield { key, value: '' }
      continue
    }
    const start = at
    let end = valueEnd(text, start, delimiter === '(' ? ')' : SPACE)
    // `key(x)->y`: the value goes on behind the parenthesis.
    if (delimiter === '(' && text.startsWith(')->', end)) end = valueEnd(text, end, SPACE)
    at = end + (end < text.length ? 1 : 0)
    yield { key, value: text.slice(start, end) }
  }
}
