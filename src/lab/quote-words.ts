// An argument vector as a line that a shell reads back the same.

export function quoteWords(argv: readonly string[]): string {
  return argv.map(quoteWord).join(' ')
}

export function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  return `'${word.replaceAll("'", "'\\''")}'`
}
