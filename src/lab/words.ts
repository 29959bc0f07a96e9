// The word `lab` in a node's shell: subcommands of the lab's own and those that floors above hand in (hint, check).
import type { Command, CompletionContext } from '../node/command.js'
import type { Process } from '../node/process.js'
import { suggest } from '../scenario/suggest.js'

export interface LabWord {
  readonly name: string
  /** `log [NODE]` */
  readonly usage: string
  readonly summary: string
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
])

/** `hold` keeps virtual time still while a word works outside the lab. */
export type Hold = (work: Promise<number>) => Promise<number>

export function labCommand(words: LabWords, hold: Hold): Command {
  return {
    name: 'lab',
    path: '/usr/local/bin/lab',
    usage: 'lab WORD [ARGUMENTS]',
    run: (proc) => {
      const result = runWord(proc, words)
      return typeof result === 'number' || words.get(proc.argv[1] ?? '')?.takesTime === true ? result : hold(result)
    },
    complete: (context) => complete(context, words),
  }
}

function complete(context: CompletionContext, words: LabWords): string[] {
  const { index, current } = context
  if (index === 1) return ['help', ...words.keys()].filter((name) => name.startsWith(current)).sort()
  return words.get(context.words[1] ?? '')?.complete?.(context) ?? []
}

function runWord(proc: Process, words: LabWords): number | Promise<number> {
  const [, name, ...args] = proc.argv
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    proc.out(helpText(words))
    return name === undefined ? 2 : 0
  }
  const word = words.get(name)
  if (word !== undefined) return word.run(proc, args)
  if (OF_LESSONS.has(name)) {
    proc.error(`lab: ${name} (${OF_LESSONS.get(name)}): belongs to a lesson; none is open here`)
    return 1
  }
  const near = suggest(name, [...words.keys(), 'help'])
  proc.error(`lab: no word "${name}"${near === null ? '' : `; did you mean "${near}"?`} (lab help lists them)`)
  return 2
}

function helpText(words: LabWords): string {
  const rows = [...words.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ usage, summary }) => [usage, summary] as const)
  const all = [...rows, ['help', 'this list'] as const]
  const width = Math.max(...all.map(([usage]) => usage.length))
  return `netlab's own words, beside the real commands:\n${all.map(([usage, summary]) => `  lab ${usage.padEnd(width)}  ${summary}\n`).join('')}`
}
