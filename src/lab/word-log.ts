// `lab log`: what the agents typed on the nodes, when, and why.
import type { AgentLogEntry, Machine } from '../node/machine.js'
import type { Process } from '../node/process.js'
import type { Lab } from './lab.js'
import { quoteWords } from './quote-words.js'
import type { LabWord } from './words.js'

export interface LogFilter {
  readonly node: string | null
  readonly agent: string | null
  /** A word of the cause, the command, or what was fed to it. */
  readonly object: string | null
  readonly showInput: boolean
}

export interface LoggedCommand {
  readonly node: string
  readonly entry: AgentLogEntry
}

export function logWord(lab: Lab): LabWord {
  return {
    name: 'log',
    usage: 'log [NODE]',
    summary: 'what the agents typed, and why',
    options: [
      ['NODE', 'only there'],
      ['--agent NAME', 'only what this agent typed'],
      ['--about TEXT', 'only where the cause, the command or its input has the text'],
      ['-v', 'with what was fed to the commands'],
    ],
    complete: ({ current, previous }) => {
      if (previous === '--about') return []
      const agents = (): string[] => [...new Set(lab.nodes.flatMap(({ machine }) => machine.agentLog.map(({ cause }) => cause.agent)))]
      const after = previous === '--agent' ? agents() : ['-v', '--agent', '--about', ...lab.nodes.map(({ name }) => name)]
      return after.filter((word) => word.startsWith(current)).sort()
    },
    run: (proc, args) => {
      const filter = parseFilter(proc, args, lab)
      if (filter === null) return 2
      proc.out(
        logText(
          agentLog(
            lab.nodes.map((node) => node.machine),
            filter,
          ),
          filter,
        ),
      )
      return 0
    },
  }
}

function parseFilter(proc: Process, args: readonly string[], lab: Lab): LogFilter | null {
  let node: string | null = null
  let agent: string | null = null
  let object: string | null = null
  let showInput = false
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!
    if (word === '-v' || word === '--verbose') showInput = true
    else if (word === '--agent' || word === '--about') {
      const value = args[++i]
      if (value === undefined) return refused(proc, `nothing follows ${word}`)
      if (word === '--agent') agent = value
      else object = value
    } else if (word.startsWith('-')) return refused(proc, `unknown option ${word}; expected --agent, --about or -v`)
    else if (lab.node(word) !== null) node = word
    else return refused(proc, lab.unknownNode(word))
  }
  return { node, agent, object, showInput }
}

function refused(proc: Process, what: string): null {
  proc.error(`lab: log: ${what}`)
  return null
}

/** All that agents typed, over all nodes, in order of time. */
export function agentLog(machines: readonly Machine[], filter: LogFilter): LoggedCommand[] {
  const found: LoggedCommand[] = []
  for (const machine of machines) {
    if (filter.node !== null && machine.name !== filter.node) continue
    for (const entry of machine.agentLog) if (matches(entry, filter)) found.push({ node: machine.name, entry })
  }
  return found.sort((a, b) => a.entry.atUs - b.entry.atUs)
}

function matches({ cause, argv, stdin }: AgentLogEntry, filter: LogFilter): boolean {
  if (filter.agent !== null && cause.agent !== filter.agent) return false
  const text = filter.object
  if (text === null) return true
  return (
    cause.event.includes(text) ||
    (cause.object?.includes(text) ?? false) ||
    argv.some((word) => word.includes(text)) ||
    stdin.includes(text)
  )
}

export function logText(commands: readonly LoggedCommand[], filter: Pick<LogFilter, 'showInput'>): string {
  const lines: string[] = []
  let cause = ''
  let stood: string | null = null
  for (const { node, entry } of commands) {
    const heading = `${clockText(entry.clockUs)} ${node} ${entry.cause.agent}: ${entry.cause.event}${entry.cause.object === null ? '' : ` (${entry.cause.object})`}`
    const why = heading.slice(9)
    if (why !== cause) lines.push(heading)
    if (entry.cause.standsFor !== null && (why !== cause || entry.cause.standsFor !== stood))
      lines.push(`    # stands for: ${entry.cause.standsFor}`)
    cause = why
    stood = entry.cause.standsFor
    lines.push(
      `    ${quoteWords(entry.argv)}${inputMark(entry, filter.showInput)}${entry.exitCode === null || entry.exitCode === 0 ? '' : `    # exit ${entry.exitCode}`}`,
    )
    if (filter.showInput && entry.stdin !== '')
      lines.push(
        ...entry.stdin
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => `        ${line}`),
      )
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

function inputMark(entry: AgentLogEntry, isShown: boolean): string {
  if (entry.stdin === '') return ''
  return isShown ? ' <<' : ` <<    # ${entry.stdin.split('\n').length - 1} lines, -v shows them`
}

function clockText(clockUs: number): string {
  const seconds = Math.floor(clockUs / 1e6) % 86_400
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0')).join(':')
}
