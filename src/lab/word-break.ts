// `lab break`: faults of the catalogue, typed on the nodes as a careless operator would; announced, or drawn and kept secret.
import { formatIpv4 } from '../addr/ipv4.js'
import { cloudNames } from '../explain/cloud-names.js'
import type { CatalogueFault, FaultPlan, Probe, TypedLine } from '../faults/fault.js'
import { FAULT_IDS } from '../faults/ids.js'
import type { FaultWorld } from '../faults/world.js'
import type { Simulation } from '../kernel/simulation.js'
import type { CompletionContext } from '../node/command.js'
import { loading } from '../node/loading.js'
import type { Process } from '../node/process.js'
import { suggest } from '../scenario/suggest.js'
import { Random } from '../sim/random.js'
import type { HelpRow } from './help-text.js'
import type { Lab } from './lab.js'
import type { LabWord } from './words.js'

/** What was broken in a world and not healed by name. */
interface Broken {
  readonly fault: CatalogueFault
  readonly plan: FaultPlan
  readonly isSecret: boolean
}

const broken = new WeakMap<Simulation, Broken[]>()
/** How many were drawn so far: the next is another one. */
const drawn = new WeakMap<Simulation, number>()

const VERBS = ['list', 'describe', 'random', 'verify', 'reveal', 'answer', 'fix']

const OPTIONS: readonly HelpRow[] = [
  ['list', 'the faults that there are, and what may be named as TARGET'],
  ['describe FAULT', 'what it would do here, and what shows it'],
  ['FAULT [TARGET]', 'do it, line by line'],
  ['random', 'one of them, which is not told: find it'],
  ['answer NODE FAULT', 'your answer'],
  ['verify', 'does what should fail fail, and what should work work?'],
  ['reveal', 'what was broken, and why it shows as it does'],
  ['fix', 'mend all of it'],
]

const USAGE = 'expected list, describe FAULT, FAULT [TARGET], random, verify, answer NODE FAULT, reveal or fix'

export function breakWord(lab: Lab): LabWord {
  return {
    name: 'break',
    usage: 'break FAULT [TARGET]',
    summary: 'break something, to find and mend it',
    options: OPTIONS,
    takesTime: true,
    run: async (proc, args) => {
      const catalogue = await loading.hold(load(lab))
      return new Breaker(proc, catalogue).run(args)
    },
    complete: (context) => completed(lab, context),
  }
}

function completed(lab: Lab, { index, current, words, previous }: CompletionContext): string[] {
  const from = (all: readonly string[]): string[] => all.filter((word) => word.startsWith(current))
  if (index === 2) return from([...VERBS, ...FAULT_IDS])
  if (words[2] === 'answer') return from(index === 3 ? ['healthy', ...lab.nodes.map(({ name }) => name)] : FAULT_IDS)
  if (previous === 'describe') return from(FAULT_IDS)
  if (index > 3 || !FAULT_IDS.includes(previous)) return []
  const names = cloudNames(lab.nodes.map(({ machine }) => machine))
  if (names === null) return []
  return from([...names.servers.map(({ name }) => name), ...names.floatingIps.map(({ address }) => formatIpv4(address))])
}

interface Catalogue {
  readonly lab: Lab
  readonly faults: readonly CatalogueFault[]
  readonly world: FaultWorld
}

async function load(lab: Lab): Promise<Catalogue> {
  const [{ FAULTS }, { FaultWorld }] = await Promise.all([import('../faults/catalogue.js'), import('../faults/world.js')])
  return { lab, faults: FAULTS, world: new FaultWorld(lab.nodes.map(({ machine }) => machine)) }
}

class Breaker {
  private readonly here: Broken[]

  constructor(
    private readonly proc: Process,
    private readonly catalogue: Catalogue,
  ) {
    const { sim } = proc.machine
    const known = broken.get(sim) ?? []
    broken.set(sim, known)
    this.here = known
  }

  async run([verb, ...rest]: readonly string[]): Promise<number> {
    switch (verb) {
      case 'list':
        return this.list()
      case 'describe':
        return this.describe(rest[0])
      case 'random':
        return this.random()
      case 'verify':
        return this.verify()
      case 'reveal':
        return this.reveal()
      case 'answer':
        return this.answer(rest)
      case 'fix':
        return this.fix()
      case undefined:
        return this.refused(USAGE)
      default:
        return this.apply(verb, rest[0] ?? null)
    }
  }

  private refused(what: string): number {
    this.proc.error(`lab: break: ${what}`)
    return 2
  }

  private list(): number {
    const { faults, world } = this.catalogue
    const width = Math.max(...faults.map(({ id }) => id.length))
    for (const domain of new Set(faults.map((fault) => fault.domain))) {
      if (domain !== 'none') this.proc.line(domain)
      for (const fault of faults) {
        if (fault.domain !== domain) continue
        const plan = fault.plan(world, null)
        const parameter = fault.parameter === null ? '' : ` [${fault.parameter}]`
        this.proc.line(
          `  ${fault.id.padEnd(width)}  ${fault.title}${parameter}${typeof plan === 'string' ? `    # not here: ${plan}` : ''}`,
        )
      }
    }
    return 0
  }

  private named(id: string | undefined): CatalogueFault | number {
    if (id === undefined) return this.refused(USAGE)
    const { faults } = this.catalogue
    const found = faults.find((fault) => fault.id === id)
    if (found !== undefined) return found
    const near = suggest(id, [...faults.map((fault) => fault.id), ...VERBS])
    return this.refused(`no fault "${id}"${near === null ? '' : `; did you mean "${near}"?`} (lab break list shows them)`)
  }

  private describe(id: string | undefined): number {
    const fault = this.named(id)
    if (typeof fault === 'number') return fault
    const plan = fault.plan(this.catalogue.world, null)
    this.proc.line(`${fault.id}: ${fault.title}`)
    this.proc.line(fault.explain)
    if (typeof plan === 'string') {
      this.proc.line(`It does not fit this lab: ${plan}.`)
      return 1
    }
    this.proc.line(`Here it would be about ${plan.target}:`)
    for (const line of plan.breaks) this.proc.line(`  ${asTyped(line)}`)
    this.proc.line(`Then this fails:        ${asTyped(plan.symptom)}`)
    this.proc.line(`This goes on working:   ${asTyped(plan.control)}`)
    this.proc.line(`This shows the cause:   ${asTyped(plan.look)}`)
    return 0
  }

  private async apply(id: string, target: string | null): Promise<number> {
    const fault = this.named(id)
    if (typeof fault === 'number') return fault
    const plan = fault.plan(this.catalogue.world, target)
    if (typeof plan === 'string') return this.refused(`${id}: ${plan}`)
    for (const line of plan.breaks) this.proc.line(asTyped(line))
    const failed = await this.type(plan.breaks)
    if (failed !== null) return this.refused(failed)
    this.here.push({ fault, plan, isSecret: false })
    this.proc.line(`${capital(fault.title)}. ${plan.breaks.length === 0 ? 'As before' : 'No longer works'}: ${plan.symptom.what}.`)
    return 0
  }

  /** One of those that fit, drawn by the lab's seed. */
  private async random(): Promise<number> {
    const { sim } = this.proc.machine
    const count = drawn.get(sim) ?? 0
    drawn.set(sim, count + 1)
    const { faults, world } = this.catalogue
    const fitting = faults.flatMap((fault) => {
      const plan = this.here.some((one) => one.fault === fault) ? '' : fault.plan(world, null)
      return typeof plan === 'string' ? [] : [{ fault, plan, isSecret: true }]
    })
    if (fitting.length === 0) return this.refused('no fault of the catalogue fits this lab')
    const chosen = fitting[new Random(`${this.catalogue.lab.seed}/lab break random/${count}`).below(fitting.length)]!
    const failed = await this.type(chosen.plan.breaks)
    if (failed !== null) return this.refused('what was drawn cannot be done here any more: try again')
    this.here.push(chosen)
    this.proc.line('Somebody was at work on the nodes, and a user complains:')
    this.proc.line(`  it is said that this no longer works: ${chosen.plan.symptom.what}`)
    this.proc.line(`  try it:    ${asTyped(chosen.plan.symptom)}`)
    this.proc.line('Find the node and the fault: lab break answer NODE FAULT (lab break list names them). lab break reveal gives up.')
    return 0
  }

  /** Types the symptom's and the control's commands, as a person would. */
  private async verify(): Promise<number> {
    if (this.here.length === 0) return this.refused('nothing was broken by this word')
    let isAsSaid = true
    for (const { plan } of this.here) {
      const expected = plan.breaks.length === 0
      for (const [probe, wanted] of [
        [plan.symptom, expected],
        [plan.control, true],
      ] as const) {
        const isWell = await this.probe(probe)
        isAsSaid &&= isWell === wanted
        this.proc.line(
          `${isWell === wanted ? 'as expected' : 'NOT AS EXPECTED'}, it ${isWell ? 'works' : 'fails'}: ${probe.what}    (${asTyped(probe)})`,
        )
      }
    }
    return isAsSaid ? 0 : 1
  }

  private reveal(): number {
    if (this.here.length === 0) return this.refused('nothing was broken by this word')
    for (const { fault, plan } of this.here) {
      this.proc.line(`${fault.id}: ${fault.title} (${plan.target})`)
      for (const line of plan.breaks) this.proc.line(`  typed    ${asTyped(line)}`)
      this.proc.line(`  look     ${asTyped(plan.look)}`)
      for (const line of plan.fix) this.proc.line(`  fix      ${asTyped(line)}`)
      this.proc.line(`  ${fault.explain}`)
    }
    return 0
  }

  private async answer([node, id]: readonly string[]): Promise<number> {
    if (node === undefined || (id === undefined && node !== 'healthy'))
      return this.refused('expected a node and a fault: lab break answer compute port.tag-4095')
    if (this.here.length === 0) return this.refused('nothing was broken by this word')
    const { scoreAnswer } = await loading.hold(import('../faults/score.js'))
    const score = scoreAnswer(this.here, { node, fault: id ?? 'healthy' })
    this.proc.line(score.text)
    return score.points === score.of ? 0 : 1
  }

  private async fix(): Promise<number> {
    if (this.here.length === 0) return this.refused('nothing was broken by this word')
    for (const { plan } of this.here.splice(0).reverse()) {
      for (const line of plan.fix) this.proc.line(asTyped(line))
      const failed = await this.type(plan.fix)
      if (failed !== null) this.proc.error(`lab: break: ${failed}`)
    }
    return 0
  }

  /** null: all went well. */
  private async type(lines: readonly TypedLine[]): Promise<string | null> {
    for (const { node, line } of lines) {
      const machine = this.catalogue.lab.node(node)?.machine
      if (machine === undefined) return `there is no node ${node} any more`
      const { exitCode, stderr } = await machine.exec(line)
      if (exitCode !== 0) return `${asTyped({ node, line })}: ${stderr.trim() || `exit ${exitCode}`}`
    }
    return null
  }

  private async probe({ node, line }: Probe): Promise<boolean> {
    const machine = this.catalogue.lab.node(node)?.machine
    return machine !== undefined && (await machine.exec(line)).exitCode === 0
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function asTyped({ node, line }: TypedLine): string {
  return `${node}$ ${line}`
}
