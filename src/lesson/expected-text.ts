// Compares what a command printed with what the prose shows: white space folded, each shown line found in order.
// Wildcards: <n> a number, <*> one word, <...> any words, <a|b> either. A line of dots stands for lines left out.

export function missingLine(shown: readonly string[], printed: string): string | null {
  const lines = printed.split('\n').map(fold)
  let at = 0
  for (const line of shown) {
    if (isElision(line)) continue
    const pattern = linePattern(fold(line))
    const found = lines.findIndex((candidate, index) => index >= at && pattern.test(candidate))
    if (found < 0) return line
    at = found + 1
  }
  return null
}

function isElision(line: string): boolean {
  return /^\s*(\.\.\.|…)?\s*$/.test(line)
}

function fold(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}

function linePattern(line: string): RegExp {
  const source = line
    .split(/(<n>|<\*>| <\.\.\.>|<\.\.\.> |<\.\.\.>|<[^<>\s]+\|[^<>]+>)/)
    .map((part) => {
      if (part === '<n>') return '[0-9]+(?:\\.[0-9]+)?'
      if (part === '<*>') return '\\S+'
      // Any words may be no words, and then the blank beside them is not there either.
      if (part === ' <...>') return '(?: .*)?'
      if (part === '<...> ') return '(?:.* )?'
      if (part === '<...>') return '.*'
      const either = /^<([^<>\s]+\|[^<>]+)>$/.exec(part)
      if (either !== null) return `(?:${(either[1] ?? '').split('|').map(literal).join('|')})`
      return literal(part)
    })
    .join('')
  return new RegExp(`^${source}$`)
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
