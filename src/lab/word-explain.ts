// `lab explain --to X`: a probe through a copy of the running lab, told hop by hop. Nothing of it happens in the lab itself.
import {
  bookOf,
  DETAILS,
  type Detail,
  type ExplainOptions,
  endWords,
  exitCodeOf,
  explain,
  NameError,
  PROTOCOLS,
  tell,
} from '../explain/explain.js'
import { type GetoptGrammar, getoptMessage, type OptionProblem, type ParsedOptions, parseOptions } from '../grammar/getopt.js'
import type { CompletionContext } from '../node/command.js'
import type { Process } from '../node/process.js'
import type { HelpRow } from './help-text.js'
import type { Lab } from './lab.js'
import type { LabWord } from './words.js'

const GRAMMAR: GetoptGrammar = {
  options: [
    { name: 'from', long: 'from', value: 'required' },
    { name: 'to', long: 'to', value: 'required' },
    {
      name: 'proto',
      long: 'proto',
      value: 'required',
      check: (value) => (PROTOCOLS.some((each) => each === value) ? null : 'expected icmp, tcp or udp'),
    },
    { name: 'dport', long: 'dport', value: 'required', check: portProblem },
    { name: 'sport', long: 'sport', value: 'required', check: portProblem },
    { name: 'size', long: 'size', value: 'required', check: (value) => numberProblem(value, 0, 65_507) },
    { name: 'ttl', long: 'ttl', value: 'required', check: (value) => numberProblem(value, 1, 255) },
    { name: 'source', long: 'source', value: 'required' },
    { name: 'df', long: 'df' },
    {
      name: 'detail',
      long: 'detail',
      value: 'required',
      check: (value) => (DETAILS.some((each) => each === value) ? null : 'expected minimal, summary or full'),
    },
    { name: 'quiet', short: 'q', long: 'quiet' },
    { name: 'verbose', short: 'v', long: 'verbose' },
    { name: 'json', long: 'json' },
  ],
}

const OPTIONS: readonly HelpRow[] = [
  ['--from PLACE', 'NODE, NODE:NETNS, an address, server=, fip=, port= or router=; where this shell is, when absent'],
  ['--to PLACE', 'the same; of a place its first address is asked'],
  ['--proto PROTOCOL', 'icmp, tcp or udp; tcp when a port is given, else icmp'],
  ['--dport PORT', 'destination port (80)'],
  ['--sport PORT', 'source port'],
  ['--size BYTES', 'payload'],
  ['--ttl TTL', 'time to live'],
  ['--source ADDRESS', 'source address; the kernel chooses when absent'],
  ['--df', 'do not fragment, not even at the sender'],
  ['--detail DETAIL', 'minimal (-q): a line for each machine; summary: what decided; full (-v): every rule, header and command'],
  ['--json', 'for programs'],
]

function portProblem(value: string): string | null {
  return numberProblem(value, 1, 65_535)
}

function numberProblem(value: string, low: number, high: number): string | null {
  const number = Number(value)
  return Number.isInteger(number) && number >= low && number <= high ? null : `expected a number from ${low} to ${high}`
}

export function explainWord(lab: Lab): LabWord {
  return {
    name: 'explain',
    usage: 'explain [--from PLACE] --to PLACE',
    summary: "a packet's whole way, rule by rule; sent in a copy of the lab, so that nothing changes here",
    options: OPTIONS,
    run: (proc, args) => run(lab, proc, args),
    complete: (context) => complete(lab, context),
  }
}

function run(lab: Lab, proc: Process, args: readonly string[]): number | Promise<number> {
  const parsed = parseOptions(GRAMMAR, args)
  if (parsed.problem !== null) return refuse(proc, optionMessage(parsed.problem))
  const operands = [...parsed.operands]
  const to = parsed.value('to') ?? operands.shift()
  if (operands.length > 0) return refuse(proc, `lab: explain: one word too many: "${operands[0]}"`)
  if (to === undefined || to === null)
    return refuse(proc, 'lab: explain: expected --to NODE, NODE:NETNS, ADDRESS, server=, fip=, port= or router=')
  const here = proc.netns.name === '' ? proc.machine.name : `${proc.machine.name}:${proc.netns.name}`
  return probe(lab, proc, parsed, { from: parsed.value('from') ?? here, to })
}

interface Ends {
  readonly from: string
  readonly to: string
}

/** Nodes that sleep wake when the probe is to begin, end or come by there, and it is made once more. */
function probe(lab: Lab, proc: Process, parsed: ParsedOptions, ends: Ends): number | Promise<number> {
  const named = [ends.from, ends.to].map((end) => end.replace(/^server=/, '').replace(/:.*/, ''))
  const again = (): Promise<number> => lab.waking.wakeAtOnce(named).then(() => probe(lab, proc, parsed, ends))
  if (lab.waking.isNear(named)) return again()
  const machines = new Map(lab.nodes.map(({ name, machine }) => [name, machine]))
  try {
    const explanation = explain(lab.copyWorld(), machines, { ...ends, ...numbersOf(parsed) })
    if (lab.waking.isNear(named)) return again()
    const columns = proc.stdout.isTty ? proc.columns : undefined
    proc.out(tell(explanation, { detail: detailOf(parsed), json: parsed.has('json'), sudo: (node) => lab.needsSudo(node), columns }))
    return exitCodeOf(explanation)
  } catch (error) {
    if (error instanceof NameError) return refuse(proc, `lab: explain: ${error.message}`)
    throw error
  }
}

function optionMessage(problem: OptionProblem): string {
  if (problem.kind === 'bad-value') return `lab: explain: ${problem.option}: ${problem.message}`
  const unknown = problem.kind === 'unknown-long' || problem.kind === 'unknown-short' ? ' (lab help explain lists them)' : ''
  return `${getoptMessage('lab: explain', problem)}${unknown}`
}

function refuse(proc: Process, text: string): number {
  proc.error(text)
  return 2
}

function detailOf(parsed: ParsedOptions): Detail {
  if (parsed.has('quiet')) return 'minimal'
  return parsed.has('verbose') ? 'full' : ((parsed.value('detail') as Detail | null) ?? 'summary')
}

function numbersOf(parsed: ParsedOptions): Omit<ExplainOptions, 'from' | 'to'> {
  const options: { -readonly [K in keyof ExplainOptions]?: ExplainOptions[K] } = {}
  const proto = parsed.value('proto')
  if (proto !== null) options.proto = proto as 'icmp' | 'tcp' | 'udp'
  for (const name of ['dport', 'sport', 'size', 'ttl'] as const) {
    const value = parsed.value(name)
    if (value !== null) options[name] = Number(value)
  }
  const source = parsed.value('source')
  if (source !== null) options.source = source
  if (parsed.has('df')) options.df = true
  return options
}

function complete(lab: Lab, { current, previous }: CompletionContext): string[] {
  const kernels = new Map(lab.nodes.map(({ name, machine }) => [name, machine.kernel]))
  const machines = lab.nodes.map(({ machine }) => machine)
  const words = (): readonly string[] => {
    if (previous === '--proto') return PROTOCOLS
    if (previous === '--detail') return DETAILS
    if (previous === '--from' || previous === '--to') return endWords(bookOf({ sim: lab.sim, kernels }, machines))
    return GRAMMAR.options.map(({ name }) => `--${name}`)
  }
  return words()
    .filter((word) => word.startsWith(current))
    .sort()
}
