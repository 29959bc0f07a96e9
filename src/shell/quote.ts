// Quoting of words for display: set -x, declare -p, printf %q, alias.

/** As `${x@Q}` and alias print it: single quotes. With `always` also where none are needed. */
export function shellQuote(text: string, always = false): string {
  if (/[\x00-\x1f\x7f]/.test(text)) return ansiQuote(text)
  if (!always && text !== '' && /^[\w@%+=:,./-]+$/.test(text)) return text
  return `'${text.replaceAll("'", "'\\''")}'`
}

export function ansiQuote(text: string): string {
  const names: Record<string, string> = {
    '\n': '\\n',
    '\t': '\\t',
    '\r': '\\r',
    '\x07': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\v': '\\v',
    '\x1b': '\\E',
    '\\': '\\\\',
    "'": "\\'",
  }
  const body = text.replace(/[\x00-\x1f\x7f\\']/g, (c) => names[c] ?? `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return `$'${body}'`
}

/** As set -x and `set` show a word. */
export function traceQuote(text: string): string {
  if (text === '') return "''"
  return /[^\w@%+=:,./\-^{}]/.test(text) ? shellQuote(text, true) : text
}

/** Backslashes, as printf %q prints. */
export function backslashQuote(text: string): string {
  if (text === '') return "''"
  if (/[\x00-\x1f\x7f]/.test(text)) return ansiQuote(text)
  return text.replace(/[^\w@%+=:,./-]/g, (c) => (c.charCodeAt(0) < 128 ? `\\${c}` : c))
}

/** declare -p: double quotes. */
export function doubleQuote(text: string): string {
  if (/[\x00-\x1f\x7f]/.test(text)) return ansiQuote(text)
  return `"${text.replace(/[\\"$`]/g, '\\$&')}"`
}
