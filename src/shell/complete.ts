// Completion: commands, files, variables, and what each command offers for its own words.

import { builtins } from './builtins/index.js'
import { KEYWORDS } from './builtins/information.js'
import type { Shell } from './shell.js'

/** Candidates for the word before the cursor; `from` is where it begins. Directories end in `/`, other words in nothing. */
export function complete(shell: Shell, line: string, cursor: number): { from: number; candidates: string[] } {
  const { words, start, isCommand } = splitWords(line.slice(0, cursor))
  const current = words[words.length - 1]!
  const variable = /\$\{?(\w*)$/.exec(current)
  if (variable !== null)
    return { from: cursor - variable[1]!.length, candidates: shell.variables.names().filter((name) => name.startsWith(variable[1]!)) }
  const from = start
  if (isCommand && !current.includes('/')) return { from, candidates: commandNames(shell, current) }
  const redirect = /^(?:\d*(?:>>?|<)|&>)(.*)$/.exec(current)
  if (redirect !== null) return { from: cursor - redirect[1]!.length, candidates: fileNames(shell, redirect[1]!, false) }
  const own = ownCandidates(shell, words)
  if (own !== null && own.length > 0) return { from, candidates: unique(own.filter((word) => word.startsWith(current))) }
  return { from, candidates: fileNames(shell, current, words[0] === 'cd') }
}

const WRAPPERS = new Set(['sudo', 'time', 'watch', 'nohup', 'exec', 'command', 'xargs', 'env', 'man', 'which', 'type'])
const SEPARATOR = /^(?:\|\|?|&&?|;|\(|\{|!|then|do|else|if|while|until)$/

/** The words of the simple command at the end of `text`. */
function splitWords(text: string): { words: string[]; start: number; isCommand: boolean } {
  let words: string[] = []
  let start = text.length
  const token = /(\|\||&&|[|;&(){}!](?=\s|$)|[|;&(])|((?:\\.|"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s|;&()\\"'])+)/g
  for (const match of text.matchAll(token)) {
    if (match[1] !== undefined || SEPARATOR.test(match[2]!)) {
      words = []
      continue
    }
    words.push(match[2]!)
    start = match.index
  }
  const endsInBlank = /\s$/.test(text) || words.length === 0
  if (endsInBlank) {
    words.push('')
    start = text.length
  }
  words = dropPrefix(words)
  return { words, start, isCommand: words.length === 1 }
}

/** Assignments and wrappers such as sudo before the command that is completed. */
function dropPrefix(words: string[]): string[] {
  let at = 0
  while (at < words.length - 1 && (/^\w+=/.test(words[at]!) || WRAPPERS.has(words[at]!) || (at > 0 && words[at]!.startsWith('-')))) at++
  const rest = words.slice(at)
  if (rest[0] === 'ip' && rest[1] === 'netns' && rest[2] === 'exec' && rest.length > 4) return dropPrefix(rest.slice(4))
  return rest
}

function commandNames(shell: Shell, prefix: string): string[] {
  const names = [...builtins.keys(), ...KEYWORDS, ...shell.aliases.keys(), ...shell.functions.keys()]
  const { files } = shell.proc
  for (const directory of (shell.variables.get('PATH') ?? '').split(':')) {
    if (files.isDirectory(directory)) names.push(...files.list(directory))
  }
  return unique(names.filter((name) => name.startsWith(prefix) && (prefix !== '' || /^\w/.test(name))))
}

function ownCandidates(shell: Shell, words: string[]): string[] | null {
  const name = words[0]!.replace(/^.*\//, '')
  const list = shell.completions.get(name)
  if (list !== undefined) return list
  if (name === 'kill' || name === 'fg' || name === 'bg') return shell.jobs.jobs.filter((job) => job.id > 0).map((job) => `%${job.id}`)
  const command = shell.proc.machine.commands.get(name)
  if (command?.complete === undefined) return null
  const index = words.length - 1
  try {
    return command.complete({ words, index, current: words[index]!, previous: words[index - 1] ?? '', proc: shell.proc })
  } catch {
    return null
  }
}

function fileNames(shell: Shell, word: string, onlyDirectories: boolean): string[] {
  const { files } = shell.proc
  const slash = word.lastIndexOf('/')
  const head = word.slice(0, slash + 1)
  const tail = word.slice(slash + 1)
  const home = shell.variables.get('HOME') ?? '/'
  const directory = head === '' ? '.' : head.startsWith('~/') ? home + head.slice(1) : head
  if (!files.isDirectory(directory) || !files.access(directory, 4)) return []
  const found: string[] = []
  for (const name of files.list(directory)) {
    if (!name.startsWith(tail) || (name.startsWith('.') && !tail.startsWith('.'))) continue
    const isDirectory = files.isDirectory(`${directory}/${name}`)
    if (isDirectory || !onlyDirectories) found.push(head + name.replace(/[ '"\\$&;()<>|*?]/g, '\\$&') + (isDirectory ? '/' : ''))
  }
  return found
}

function unique(words: string[]): string[] {
  return [...new Set(words)].sort()
}
