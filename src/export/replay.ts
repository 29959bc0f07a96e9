// The agent log as bash, in order of time over all nodes, with time and cause.
import type { ExportPlan, Step } from './plan.js'
import { hasControls, hereDocument, plainLine, quoteWord, quoteWords } from './quote.js'

/** Nodes wait for each other where this much time passed in the lab. */
const TOGETHER_US = 500_000

export function replayText(plan: ExportPlan): string {
  const blocks = new Blocks()
  let before: Step | null = null
  for (const step of plan.replay) {
    if (before !== null && mustWait(before, step)) blocks.together()
    if (step.instead?.where === 'host') blocks.onHost(step)
    else blocks.onNode(step)
    before = step
  }
  blocks.flush()
  return `# ${plan.replay.length} commands. Numbers are theirs in \`log\`; then the code that each ended with in the lab. Nodes type at the same time.
replay() {
TYPED=${plan.replay.filter(({ instead }) => instead === null || instead.script !== '').length}
${blocks.lines.join('\n')}
}
`
}

/** Giving a node something to type costs a process, so it is given much at once. */
class Blocks {
  readonly lines: string[] = []
  private readonly waiting = new Map<string, string[]>()
  private readonly causes = new Map<string, string>()

  onNode(step: Step): void {
    const cause = causeOf(step)
    const block = this.waiting.get(step.node) ?? []
    if (this.causes.get(step.node) !== cause) block.push(`because ${quoteWord(cause)}`)
    block.push(...nodeLines(step))
    this.causes.set(step.node, cause)
    this.waiting.set(step.node, block)
  }

  onHost(step: Step): void {
    this.flush(step.node)
    this.lines.push(...hostLines(step))
  }

  together(): void {
    this.flush()
    this.lines.push('together')
  }

  flush(only?: string): void {
    for (const [node, block] of this.waiting) {
      if (only !== undefined && node !== only) continue
      this.lines.push(`on ${quoteWord(node)} ${hereDocument(`${block.join('\n')}\n`, 'TYPED')}`)
      this.waiting.delete(node)
    }
  }
}

/** Commands of a scenario's set-up may look at other nodes; agents wait for what others do by the clock. */
function mustWait(before: Step, step: Step): boolean {
  if (step.atUs - before.atUs >= TOGETHER_US) return true
  return before.node !== step.node && step.cause.agent === 'boot' && step.argv[0] === 'bash'
}

function causeOf({ clockUs, cause }: Step): string {
  const clock = new Date(Math.floor(clockUs / 1000)).toISOString().slice(11, 19)
  return plainLine(`${clock} ${cause.agent}: ${cause.event}${cause.object === null ? '' : ` (${cause.object})`}`)
}

function nodeLines(step: Step): string[] {
  if (step.instead !== null) return insteadLines(step)
  const stands = step.cause.standsFor === null ? [] : [`# stands for: ${plainLine(step.cause.standsFor)}`]
  const words = `${step.number} ${step.exitCode} ${quoteWords(step.argv)}`
  if (step.stdin === '') return [...stands, `run ${words}`]
  return [...stands, fed(`feed ${words}`, step.stdin)]
}

/** What a command reads: a here-document where that can say it. */
function fed(command: string, text: string): string {
  if (hasControls(text.replaceAll(/[\n\t]/g, ''))) {
    const base64 = Buffer.from(text)
      .toString('base64')
      .replaceAll(/.{120}/g, '$&\n')
    return `base64 -d ${hereDocument(base64, 'BASE64', ` | ${command}`)}`
  }
  if (!text.endsWith('\n')) return `${command} < <(printf %s ${quoteWord(text)})`
  return `${command} ${hereDocument(text, 'INPUT')}`
}

function insteadLines({ number, argv, instead }: Step): string[] {
  const comment = `# instead of: ${plainLine(quoteWords(argv))}`
  if (instead!.script === '') return [`${comment}    (${plainLine(instead!.what)})`]
  return [comment, `instead ${number} ${quoteWord(instead!.what)} ${hereDocument(instead!.script, 'INSTEAD')}`]
}

function hostLines({ node, argv, instead }: Step): string[] {
  const comment = `# instead of: ${plainLine(quoteWords(argv))}    (${plainLine(instead!.what)})`
  return instead!.script === '' ? [comment] : [comment, `together ${quoteWord(node)}`, instead!.script.trimEnd()]
}
