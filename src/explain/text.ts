// An explanation as text, at three levels: a line for each machine and namespace; every decision; every rule that was passed.
import { frameText } from './frame-text.js'
import { headerDiff } from './headers.js'
import type { Explanation } from './probe.js'
import { summaryLines } from './text-summary.js'
import type { Fault, Hop, Step, Way } from './way.js'
import { wrapped } from './wrapped.js'

export type Detail = 'minimal' | 'summary' | 'full'

export const DETAILS: readonly Detail[] = ['minimal', 'summary', 'full']

export interface TextOptions {
  readonly detail: Detail
  /** Nodes whose user needs sudo to look. */
  readonly sudo?: (node: string) => boolean
  /** Of the terminal that it is read in; absent: sentences stay in one line. */
  readonly columns?: number
}

export function explanationText(explanation: Explanation, options: TextOptions): string {
  const parts = explanation.resolved.length === 0 ? [] : [explanation.resolved.map((line) => `${line}\n`).join('')]
  for (const way of explanation.ways) parts.push(wayText(way, options))
  // Between answered questions for neighbours no empty lines are needed.
  const told = joined(parts, explanation.ways, options.detail)
  return `${told === '' ? '' : `${told}\n`}${verdictText(explanation, options)}`
}

function joined(parts: readonly string[], ways: readonly Way[], detail: Detail): string {
  const first = parts.length - ways.length
  return parts
    .map((part, i) => {
      const [here, before] = [ways[i - first], ways[i - first - 1]]
      const isTight = detail !== 'full' && here !== undefined && isShort(here) && before !== undefined && isShort(before)
      return i === 0 || isTight ? part : `\n${part}`
    })
    .join('')
}

/** Told in one line, unless everything is wanted. */
function isShort(way: Way): boolean {
  return way.role === 'arp'
}

export function wayText(way: Way, options: TextOptions): string {
  const frame = way.hops[0]?.before
  const head = `${way.role} #${way.id}  ${frame === undefined ? '' : frameText(frame)}`
  switch (options.detail) {
    case 'minimal':
      return isShort(way) ? `${head}: ${endText(way)}\n` : `${head}\n${minimalLines(way).join('\n')}\n  = ${endText(way)}\n`
    case 'summary':
      return isShort(way) ? `${head}: ${endText(way)}\n` : `${head}\n${summaryLines(way).join('\n')}\n  = ${endText(way)}\n`
    case 'full':
      return `${head}\n${way.hops.flatMap((hop) => fullLines(hop, options)).join('\n')}\n  = ${endText(way)}\n`
  }
}

export function endText(way: Way): string {
  const { end } = way
  const decision = way.role === 'arp' ? arpDecision(way) : null
  if (decision !== null) return decision
  return end.kind === 'dropped' ? `dropped, ${end.reason}: ${end.sentence}` : end.sentence
}

/** Who answered, and why. */
function arpDecision(way: Way): string | null {
  if (way.end.kind !== 'answered') return null
  for (const hop of [...way.hops].reverse()) {
    const step = hop.steps.findLast(({ label }) => label === 'arp')
    if (step !== undefined) return `answered by ${placeText(hop)}: ${step.text}`
  }
  return null
}

export function placeText(hop: Pick<Hop, 'node' | 'netns'>): string {
  return hop.netns === '' ? hop.node : `${hop.node} ${hop.netns}`
}

/** One line for each machine and namespace: by which devices, and what was changed there. */
function minimalLines(way: Way): string[] {
  const lines: { where: string; devices: string[]; told: string[] }[] = []
  for (const hop of way.hops) {
    if (hop.kind === 'wire') continue
    const where = placeText(hop)
    let line = lines.at(-1)
    if (line === undefined || line.where !== where) {
      line = { where, devices: [], told: [] }
      lines.push(line)
    }
    if (hop.kind !== 'ip' && hop.kind !== 'socket' && line.devices.at(-1) !== hop.place) line.devices.push(hop.place)
    for (const step of hop.steps) if (isTelling(step)) line.told.push(step.text)
  }
  return lines.map(({ where, devices, told }) => `  ${where}: ${[devices.join(' > '), ...told].filter((each) => each !== '').join('; ')}`)
}

function isTelling(step: Step): boolean {
  return step.kind === 'nat' || step.kind === 'drop' || step.kind === 'deliver' || step.label === 'encap' || step.label === 'decap'
}

function fullLines(hop: Hop, options: TextOptions): string[] {
  const what = hop.kind === 'ip' || hop.kind === 'socket' ? '' : ` ${hop.place}`
  const lines = [`  ${hop.kind === 'wire' ? 'wire' : placeText(hop)}${what}`]
  for (const step of hop.steps) {
    lines.push(`    ${step.label.padEnd(16)} ${step.text}`)
    for (const line of step.passed) lines.push(`      passed         ${line}`)
    for (const line of step.detail) lines.push(`      decided        ${line}`)
    for (const { layer, field, before, after } of headerDiff(step.before, step.after)) {
      lines.push(`      header         ${layer} ${field}: ${before ?? 'none'} -> ${after ?? 'none'}`)
    }
    if (step.command !== null) lines.push(`      look           ${commandText(hop.node, step.command, options)}`)
  }
  return lines
}

/** `sudo` in front where the node's user is not root. */
export function commandText(node: string, command: string, options: Pick<TextOptions, 'sudo'>): string {
  return options.sudo?.(node) === true ? `sudo ${command}` : command
}

function verdictText({ verdict, fault, seconds }: Explanation, options: TextOptions): string {
  const time = `${(seconds * 1000).toFixed(3).replace(/\.?0+$/, '')} ms`
  const head = `${verdict}${verdict === 'lost' ? '' : ` after ${time}`}\n`
  return fault === null ? head : `${head}${faultText(fault, options)}`
}

function faultText(fault: Fault, options: TextOptions): string {
  const lines = [
    `  where   ${placeText(fault)}`,
    `  fault   ${fault.object}`,
    `  why     ${hanging(fault.why, options)}`,
    `  look    ${commandText(fault.node, fault.command, options)}`,
    ...fault.likely.map((guess) => `  maybe   ${hanging(guess, options)}`),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** Lines to be copied stay whole, sentences are wrapped. */
function hanging(text: string, { columns }: TextOptions): string {
  return columns === undefined ? text : wrapped(text, Math.max(30, columns - 10)).join(`\n${' '.repeat(10)}`)
}
