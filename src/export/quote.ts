// Text as bash reads it back.

/** A word; what a terminal would obey is written as an escape. */
export function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  if (!hasControls(word)) return `'${word.replaceAll("'", "'\\''")}'`
  const escaped = word.replaceAll(/[\\']/g, '\\$&').replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, escapeOf)
  return `$'${escaped}'`
}

export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ')
}

/** `<<'WORD' TAIL`, the text, and the word that ends it: one that is no line of the text. */
export function hereDocument(text: string, word: string, tail = ''): string {
  const lines = new Set(text.split('\n'))
  let end = word
  for (let i = 2; lines.has(end); i++) end = `${word}${i}`
  return `<<'${end}'${tail}\n${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${end}`
}

/** In a comment: one line, nothing that a terminal would obey. */
export function plainLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
}

/** What a terminal would obey; line ends and tabs are of it. */
export function hasControls(text: string): boolean {
  return /[\u0000-\u001f\u007f-\u009f]/.test(text)
}

function escapeOf(char: string): string {
  if (char === '\n') return '\\n'
  if (char === '\t') return '\\t'
  return [...Buffer.from(char)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}
