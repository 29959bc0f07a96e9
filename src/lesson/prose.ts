// A lesson's prose in one language: an opening, one section a step (bound by `{#id}` in its heading), an end; with the texts of goals, hints and choices.
import { marked } from 'marked'
import type { Problem } from '../scenario/problem.js'
import { OPENING } from './section-ids.js'

/** Commands shown in the prose with what they print; `validate` runs them. */
export interface ConsoleBlock {
  readonly line: number
  /** `console after` = shown with the lab as it is after the step's solution. */
  readonly isAfter: boolean
  readonly commands: readonly ConsoleCommand[]
}

export interface ConsoleCommand {
  readonly node: string
  readonly line: string
  readonly output: readonly string[]
}

export interface ProseSection {
  /** Step id; 'opening' and 'end' for the rest. */
  readonly id: string
  readonly title: string
  readonly line: number
  /** The section's Markdown without the blocks that carry texts. */
  readonly markdown: string
  readonly goals: ReadonlyMap<string, string>
  readonly hints: ReadonlyMap<string, string>
  readonly choices: ReadonlyMap<string, ReadonlyMap<string, string>>
  readonly consoles: readonly ConsoleBlock[]
}

export interface Prose {
  readonly language: string
  readonly file: string
  readonly title: string
  readonly sections: ReadonlyMap<string, ProseSection>
}

interface Draft {
  id: string
  title: string
  line: number
  parts: string[]
  goals: Map<string, string>
  hints: Map<string, string>
  choices: Map<string, Map<string, string>>
  consoles: ConsoleBlock[]
}

const draft = (id: string, title: string, line: number): Draft => ({
  id,
  title,
  line,
  parts: [],
  goals: new Map(),
  hints: new Map(),
  choices: new Map(),
  consoles: [],
})

export function parseProse(text: string, file: string, language: string): { prose: Prose; problems: Problem[] } {
  const problems: Problem[] = []
  const sections = new Map<string, Draft>()
  let current = draft(OPENING, '', 1)
  sections.set(OPENING, current)
  let title = ''
  let line = 1
  for (const token of marked.lexer(text)) {
    const problem = (message: string) => problems.push({ file, line, column: 1, path: '', message })
    if (token.type === 'heading' && token['depth'] === 1) {
      title = String(token['text'])
    } else if (token.type === 'heading' && token['depth'] === 2) {
      const [, words = '', id] = /^(.*?)\s*(?:\{#([a-z0-9-]+)\})?$/.exec(String(token['text'])) ?? []
      if (id === undefined) problem('a section without an id; expected "## Title {#step-id}"')
      else if (sections.has(id)) problem(`the section "${id}" stands in the file already; expected each id once`)
      current = draft(id ?? `line-${line}`, words, line)
      sections.set(current.id, current)
    } else if (token.type !== 'code' || !takeBlock(current, token as unknown as Code, line, problem)) {
      current.parts.push(token.raw)
    }
    line += token.raw.split('\n').length - 1
  }
  if (title === '') problems.push({ file, line: 1, column: 1, path: '', message: 'no title; expected "# Title" as the first heading' })
  const done = [...sections].map(([id, section]): [string, ProseSection] => [id, { ...section, markdown: section.parts.join('').trim() }])
  return { prose: { language, file, title, sections: new Map(done) }, problems }
}

interface Code {
  readonly raw: string
  readonly lang?: string
  readonly text: string
}

/** True: the block carries texts and is not shown where it stands. */
function takeBlock(section: Draft, code: Code, line: number, problem: (message: string) => void): boolean {
  const [kind = '', argument = ''] = (code.lang ?? '').split(/\s+/)
  switch (kind) {
    case 'goals':
      return takeTexts(section.goals, code.text, problem)
    case 'hints':
      return takeTexts(section.hints, code.text, problem)
    case 'choices': {
      const texts = new Map<string, string>()
      section.choices.set(argument, texts)
      if (argument === '') problem('choices of which goal? expected "```choices GOAL"')
      return takeTexts(texts, code.text, problem)
    }
    case 'console':
      section.consoles.push({ line, isAfter: argument === 'after', commands: consoleCommands(code.text, problem) })
      return false
    default:
      return false
  }
}

function takeTexts(into: Map<string, string>, text: string, problem: (message: string) => void): true {
  let last = ''
  for (const line of text.split('\n')) {
    const entry = /^([a-z0-9-]+):\s+(.*)$/.exec(line)
    if (entry !== null) {
      last = entry[1] ?? ''
      into.set(last, entry[2] ?? '')
    } else if (line.trim() !== '' && last !== '') {
      into.set(last, `${into.get(last) ?? ''} ${line.trim()}`)
    } else if (line.trim() !== '') {
      problem(`"${line.trim()}" belongs to nothing; expected "id: text"`)
    }
  }
  return true
}

/** `user@node:~$ command`, or as Red Hat's shells have it, `[user@node ~]# command`. */
const PROMPT = /^(?:(?:[\w.-]+@)?([\w.-]+):[^$#]*|\[[\w.-]+@([\w.-]+) [^\]$#]*\])[$#] (.+)$/

function consoleCommands(text: string, problem: (message: string) => void): ConsoleCommand[] {
  const commands: { node: string; line: string; output: string[] }[] = []
  for (const line of text.split('\n')) {
    const prompt = PROMPT.exec(line)
    if (prompt !== null) commands.push({ node: prompt[1] ?? prompt[2] ?? '', line: prompt[3] ?? '', output: [] })
    else if (commands.length > 0) commands.at(-1)?.output.push(line)
    else if (line.trim() !== '') problem('a console block begins with a prompt; expected "user@node:~$ command"')
  }
  return commands
}
