// `lab who THING`: which agent's command made a device, chain, rule, flow, address or file, by looking the thing up in the agent log.
import type { AgentLogEntry } from '../node/machine.js'
import type { Process } from '../node/process.js'
import { mayHaveLearned, type Subject, subjectOf } from './who-subject.js'
import { agentLog, type LoggedCommand, logText } from './word-log.js'
import type { LabWord } from './words.js'

export function whoWord(): LabWord {
  return {
    name: 'who',
    usage: 'who THING',
    summary: 'which agent made a device, port, chain, rule, flow or file on this node',
    run: (proc, args) => {
      if (args.length === 0) {
        proc.error('lab: who: expected the name of a device, port, chain, address or file, or a rule or flow in quotes')
        return 2
      }
      return who(proc, args.join(' '))
    },
  }
}

function who(proc: Process, thing: string): number {
  const all = agentLog([proc.machine], { node: null, agent: null, object: null, showInput: false })
  const subject = subjectOf(thing)
  const about = commandsAbout(all, subject)
  if (about.length > 0) {
    proc.out(logText(firstAndLast(about), { showInput: false }))
    for (const line of linesAbout(about[0]!, subject)) proc.line(`        ${line}`)
    return 0
  }
  const learning = subject.kind === 'flow' ? all.find(({ entry }) => linesOf(entry).some((line) => mayHaveLearned(line, thing))) : undefined
  if (learning !== undefined) {
    proc.line('no agent typed it: a packet made it, by the learn action of this flow')
    proc.out(logText([learning], { showInput: false }))
    for (const line of learning.entry.stdin.split('\n').filter((one) => mayHaveLearned(one, thing))) proc.line(`        ${line}`)
    return 0
  }
  proc.error(`lab: who: no agent typed "${thing}" on ${proc.machine.name}`)
  return 1
}

/** What made or changed it; what only looked at it when nothing did. */
function commandsAbout(all: readonly LoggedCommand[], subject: Subject): LoggedCommand[] {
  const found = all.filter(({ entry }) => linesOf(entry).some((line) => subject.mentions(line)))
  const made = found.filter(({ entry }) => !onlyLooks(entry))
  if (made.length === 0) return found
  // A device is made by a command that names it; rules that name it come later. A chain is made by the rules' own text.
  const isChain = made.some(({ entry }) => entry.stdin.split('\n').some((line) => line.startsWith(':') && subject.mentions(line)))
  const named = made.filter(({ entry }) => subject.mentions(commandOf(entry)))
  return isChain || named.length === 0 || subject.kind !== 'name' ? made : named
}

/** The command without the namespace that it ran in, and what was fed to it. */
function linesOf(entry: AgentLogEntry): string[] {
  return [commandOf(entry), ...entry.stdin.split('\n')]
}

function commandOf({ argv }: AgentLogEntry): string {
  return (inNamespace(argv) ? argv.slice(4) : argv).join(' ')
}

function inNamespace(argv: readonly string[]): boolean {
  return argv[0] === 'ip' && argv[1] === 'netns' && argv[2] === 'exec'
}

const LOOKS = new Set(
  'show list list-ports list-br list-ifaces get find iface-to-br port-to-br br-exists dump-flows dump-ports iptables-save ip6tables-save wait-until'.split(
    ' ',
  ),
)

function onlyLooks(entry: AgentLogEntry): boolean {
  if (entry.exitCode !== null && entry.exitCode !== 0) return true
  return commandOf(entry)
    .split(' ')
    .some((word) => LOOKS.has(word))
}

/** The command that made the thing, and the last one that touched it. */
function firstAndLast(commands: readonly LoggedCommand[]): LoggedCommand[] {
  const last = commands[commands.length - 1]!
  return commands.length === 1 ? [last] : [commands[0]!, last]
}

function linesAbout({ entry }: LoggedCommand, subject: Subject): string[] {
  return entry.stdin
    .split('\n')
    .filter((line) => subject.mentions(line))
    .slice(0, 8)
}
