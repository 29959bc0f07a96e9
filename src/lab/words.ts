// The word `lab` in a node's shell: subcommands of the lab's own and those that floors above hand in (hint, check).
import { wrapped } from '../explain/wrapped.js'
import type { Command, CompletionContext } from '../node/command.js'
import type { Process } from '../node/process.js'
import { suggest } from '../scenario/suggest.js'
import { type HelpRow, helpRows } from './help-text.js'

export interface LabWord {
  readonly name: string
  /** `log [NODE]` */
  readonly usage: string
  readonly summary: string
  /** What else may stand behind it, for `lab help WORD`. */
  readonly options?: readonly HelpRow[]
  run(proc: Process, args: readonly string[]): number | Promise<number>
  /** It works in the lab, as a program does: virtual time goes on. */
  readonly takesTime?: boolean
  /** What may stand behind the word. */
  complete?(context: CompletionContext): string[]
}

export type LabWords = ReadonlyMap<string, LabWord>

/** Words that a lesson brings. */
const OF_LESSONS: ReadonlyMap<string, string> = new Map([
  ['hint', 'help with the open goal'],
  ['check', 'look at the goals again'],
  ['step', "the step's text and its goals"],
  ['answer', "answer a step's question"],
  ['next', 'go to the next step'],
])

/** `hold` keeps virtual time still while a word works outside the lab. */
export type Hold = (work: Promise<number>) => Promise<number>

/** `isReplaying`: a session is brought back, and its lesson is not open yet. */
export function labCommand(words: LabWords, hold: Hold, isReplaying: () => boolean): Command {
  return {
    name: 'lab',
    path: '/usr/local/bin/lab',
    usage: 'lab WORD [ARGUMENTS]',
    run: (proc) => {
      // What the lesson said then is not known; that it is not open would be wrong.
      if (isReplaying() && !words.has(proc.argv[1] ?? '') && OF_LESSONS.has(proc.argv[1] ?? '')) return 0
      const result = runWord(proc, words)
      return typeof result === 'number' || words.get(proc.argv[1] ?? '')?.takesTime === true ? result : hold(result)
    },
    complete: (context) => complete(context, words),
  }
}

function complete(context: CompletionContext, words: LabWords): string[] {
  const { index, current } = context
  if (index === 1 || (index === 2 && context.words[1] === 'help'))
    return ['help', ...words.keys()].filter((name) => name.startsWith(current)).sort()
  return words.get(context.words[1] ?? '')?.complete?.(context) ?? []
}

function runWord(proc: Process, words: LabWords): number | Promise<number> {
  const [, name, ...args] = proc.argv
  const isHelp = name === 'help' || name === '--help' || name === '-h'
  if (name === undefined || (isHelp && args.length === 0)) {
    proc.out(helpText(words, proc.columns))
    return name === undefined ? 2 : 0
  }
  const word = words.get((isHelp ? args[0] : name) ?? '')
  if (word !== undefined && (isHelp || args[0] === '--help' || args[0] === '-h')) {
    proc.out(wordHelp(word, proc.columns))
    return 0
  }
  if (word !== undefined) return word.run(proc, args)
  return unknownWord(proc, isHelp ? (args[0] ?? '') : name, words)
}

function unknownWord(proc: Process, name: string, words: LabWords): number {
  if (OF_LESSONS.has(name)) {
    proc.error(`lab: ${name} (${OF_LESSONS.get(name)}): belongs to a lesson; none is open here`)
    return 1
  }
  const near = suggest(name, [...words.keys(), 'help'])
  proc.error(`lab: no word "${name}"${near === null ? '' : `; did you mean "${near}"?`} (lab help lists them)`)
  return 2
}

function helpText(words: LabWords, columns: number): string {
  const sorted = [...words.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  const rows = sorted.map(({ usage, summary }): HelpRow => [`lab ${usage}`, summary])
  return `netlab's own words, beside the real commands:\n${helpRows([...rows, ['lab help [WORD]', 'this list, or more about a word']], columns)}`
}

function wordHelp({ usage, summary, options = [] }: LabWord, columns: number): string {
  return `usage: lab ${usage}\n${wrapped(summary, Math.min(columns, 120)).join('\n')}\n${options.length === 0 ? '' : `\n${helpRows(options, columns)}`}`
}
