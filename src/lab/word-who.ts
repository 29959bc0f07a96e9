// `lab who THING`: which agent's command made a device, chain, rule, flow, route, neighbour, process or file, for which object of the API.
import type { AgentLogEntry, Machine } from '../node/machine.js'
import type { Process } from '../node/process.js'
import type { Lab } from './lab.js'
import { type Found, findInState } from './who-state.js'
import { isFlow, mayHaveLearned, type Subject, subjectOf } from './who-subject.js'
import { agentLog, type LoggedCommand, logText } from './word-log.js'
import type { LabWord } from './words.js'

export function whoWord(lab: Lab): LabWord {
  return {
    name: 'who',
    usage: 'who THING',
    summary: 'which agent made this, and for which object of the API',
    options: [
      ['a name', 'of a device, bridge, namespace, chain, program, file, object'],
      ['a number', 'of a process or a policy rule'],
      ['an address', 'IPv4 or MAC'],
      ['"a line"', 'of a listing, in quotes: a rule, flow, route, policy rule, neighbour'],
    ],
    run: (proc, args) => {
      if (args.length === 0) {
        proc.error(
          'lab: who: expected a name, an address or a process number, or a line of a listing in quotes: a rule, flow, route, policy rule, neighbour',
        )
        return 2
      }
      return answer(proc, args.join(' '), lab)
    },
  }
}

async function answer(proc: Process, thing: string, lab: Lab): Promise<number> {
  const { ApiNames, objectText } = await import('../doctor/api-names.js')
  const machines = lab.nodes.map(({ machine }) => machine)
  const isAnswered = (what: string): boolean => {
    const asked = new Question(proc, what, (text) => {
      const names = new ApiNames(machines).in(text)
      return names.length === 0 ? null : names.slice(0, OBJECTS).map(objectText).join(', ')
    })
    return [proc.machine, ...machines.filter((machine) => machine !== proc.machine)].some((machine) => asked.on(machine, machine.name))
  }
  if (isAnswered(thing)) return 0
  const meant = namesFrom(thing, machines)
  if (meant.length === 1 && isAnswered(meant[0]!)) return 0
  const several = meant.length < 2 ? '' : `; several begin so: ${meant.slice(0, 8).join(', ')}`
  const asleep = lab.asleep.length === 0 ? '' : `; ${lab.asleep.length} nodes sleep, "lab wake" lists them`
  proc.error(`lab: who: no agent typed "${thing}", and no node has it${several}${asleep}`)
  return 1
}

/** Of namespaces and devices that begin so: maps and lists cut long names short. */
function namesFrom(thing: string, machines: readonly Machine[]): string[] {
  const begin = thing.replace(/(?:…|~|\.\.\.)$/, '')
  if (begin.length < 5) return []
  const names = new Set<string>()
  for (const { kernel } of machines) {
    for (const netns of kernel.namespaces) {
      for (const name of [netns.name, ...netns.devices.map((dev) => dev.name)]) if (name.startsWith(begin)) names.add(name)
    }
  }
  return [...names].sort()
}

/** As many objects are named. */
const OBJECTS = 4
/** The same rule may stand in several namespaces. */
const PLACES = 3

class Question {
  constructor(
    private readonly proc: Process,
    private readonly thing: string,
    private readonly names: (text: string) => string | null,
  ) {}

  /** True when the node had an answer. */
  on(machine: Machine, node: string): boolean {
    const all = agentLog([machine], { node: null, agent: null, object: null, showInput: false })
    const found = findInState(machine, this.thing, this.proc.machine === machine ? this.proc.netns : machine.kernel.initNetns)
    const elsewhere = machine === this.proc.machine ? null : node
    if (found.length === 0) return this.fromLog(all, subjectOf(this.thing), elsewhere)
    for (const one of found.slice(0, PLACES)) this.tell(all, one, elsewhere)
    if (found.length > PLACES)
      this.proc.line(`and the same in ${found.length - PLACES} more places: give the chain (-A CHAIN ...) or ask in its namespace`)
    return true
  }

  /** It is not there any more, or a listing of this tool does not show it: the log may know. */
  private fromLog(all: readonly LoggedCommand[], subject: Subject, elsewhere: string | null): boolean {
    const about = commandsAbout(all, subject)
    if (about.length === 0) return this.learnt(all, elsewhere)
    this.where(elsewhere)
    this.print(about, subject, this.thing)
    return true
  }

  private learnt(all: readonly LoggedCommand[], elsewhere: string | null): boolean {
    const { proc, thing } = this
    const learning = isFlow(thing) ? all.find(({ entry }) => linesOf(entry).some((line) => mayHaveLearned(line, thing))) : undefined
    if (learning === undefined) return false
    this.where(elsewhere)
    proc.line('no agent typed it: a packet made it, by the learn action of this flow')
    proc.out(logText([learning], { showInput: false }))
    for (const line of learning.entry.stdin.split('\n').filter((one) => mayHaveLearned(one, thing))) proc.line(`        ${line}`)
    this.objects(thing)
    return true
  }

  private tell(all: readonly LoggedCommand[], found: Found, elsewhere: string | null): void {
    const { proc } = this
    const inPlace = found.netns === null ? all : all.filter(({ entry }) => namespaceOf(entry) === found.netns)
    const about = commandsAbout(inPlace, found.subject)
    if (about.length === 0 && found.subject.kind === 'flow' && found.maker !== null && this.learnt(all, elsewhere)) return
    this.where(elsewhere)
    if (found.maker !== null) proc.line(`${found.what}: ${found.maker}`)
    else if (about.length === 0) proc.line(`${found.what}: no agent typed it; somebody did by hand, or the node was set up so`)
    if (about.length === 0) return this.objects(found.text)
    this.print(about, found.subject, found.text)
  }

  private print(about: readonly LoggedCommand[], subject: Subject, text: string): void {
    const shown = firstAndLast(about)
    this.proc.out(logText(shown, { showInput: false }))
    for (const line of linesAbout(shown[0]!, subject)) this.proc.line(`        ${line}`)
    const { entry } = shown[0]!
    this.objects(text, `${entry.cause.object ?? ''} ${namespaceOf(entry) ?? ''}`)
  }

  /** What the thing's own text names; else what the command was typed for. */
  private objects(text: string, otherwise = ''): void {
    const named = this.names(text) ?? this.names(otherwise)
    if (named !== null) this.proc.line(`for ${named}`)
  }

  private where(elsewhere: string | null): void {
    if (elsewhere !== null) this.proc.line(`not on ${this.proc.machine.name}, but on ${elsewhere}:`)
  }
}

/** What made or changed it; what only looked at it when nothing did. */
function commandsAbout(all: readonly LoggedCommand[], subject: Subject): LoggedCommand[] {
  const found = all.filter(({ entry }) => linesOf(entry).some((line) => subject.mentions(line)))
  const made = found.filter(({ entry }) => !onlyLooks(entry))
  if (made.length === 0) return subject.kind === 'name' || subject.kind === 'address' ? found : []
  // A device is made by a command that names it; rules that name it come later. A chain is made by the rules' own text.
  const isChain = made.some(({ entry }) => entry.stdin.split('\n').some((line) => line.startsWith(':') && subject.mentions(line)))
  const named = made.filter(({ entry }) => subject.mentions(commandOf(entry)) || (isBatch(entry) && linesOf(entry).some(subject.mentions)))
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

/** Its input are commands, too. */
function isBatch({ argv }: AgentLogEntry): boolean {
  return argv[0] === 'ip' && argv.includes('-batch')
}

/** '' is the node's own. */
function namespaceOf({ argv }: AgentLogEntry): string {
  if (inNamespace(argv)) return argv[3] ?? ''
  const at = argv[0] === 'ip' ? argv.findIndex((word) => word === '-n' || word === '-netns') : -1
  return at < 0 ? '' : (argv[at + 1] ?? '')
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
