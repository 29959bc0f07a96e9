// What an agent runs, past the words that only say where: `ip netns exec NAME`, `env NAME=VALUE`, `sudo`.
import type { Instead } from './plan.js'
import { hereDocument, quoteWord, quoteWords } from './quote.js'

export interface InnerCommand {
  readonly before: readonly string[]
  readonly words: readonly string[]
}

export function innerOf(argv: readonly string[]): InnerCommand {
  let at = 0
  for (;;) {
    if (argv[at] === 'ip' && argv[at + 1] === 'netns' && argv[at + 2] === 'exec') at += 4
    else if (argv[at] === 'env' || argv[at] === 'sudo') for (at++; argv[at]?.includes('=') === true; at++);
    else return { before: argv.slice(0, at), words: argv.slice(at) }
  }
}

/** The namespace that `ip netns exec` names; null: the node's own. */
export function namespaceOf({ before }: InnerCommand): string | null {
  const at = before.indexOf('netns')
  return at < 0 ? null : (before[at + 2] ?? null)
}

/** A command as bash, with what it reads. */
export function typedText(argv: readonly string[], stdin: string): string {
  const words = quoteWords(argv)
  if (stdin === '') return words
  return stdin.endsWith('\n') ? `${words} ${hereDocument(stdin, 'INPUT')}` : `${words} < <(printf %s ${quoteWord(stdin)})`
}

/** The same command with other words. */
export function typedInstead(argv: readonly string[], stdin: string): Instead {
  return { where: 'node', script: typedText(argv, stdin), what: quoteWords(argv) }
}

export function nothingInstead(what: string): Instead {
  return { where: 'node', script: '', what }
}
