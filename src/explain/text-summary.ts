// The middle level: every decision in one line, grouped by machine and namespace.
import { formatMac } from '../addr/mac.js'
import type { EthernetFrame } from '../wire/ethernet.js'
import type { Hop, Step, Way } from './way.js'

const LABEL = 18

export function summaryLines(way: Way): string[] {
  const lines: string[] = []
  let where = ''
  let devices: string[] = []
  const flush = (): void => {
    if (devices.length > 0) lines.push(`    ${devices.join(' -> ')}`)
    devices = []
  }
  for (const hop of way.hops) {
    if (hop.kind === 'wire') continue
    const here = hop.netns === '' ? hop.node : `${hop.node} ${hop.netns}`
    if (here !== where) {
      flush()
      lines.push(`  ${here}`)
      where = here
    }
    if (hop.kind === 'device') {
      devices.push(...deviceTexts(hop, devices))
      const other = hop.steps.filter((step) => step.kind !== 'rx' && step.kind !== 'tx')
      if (other.length > 0) flush()
      lines.push(...other.filter((step) => !step.minor).map((step) => stepLine(step)))
      continue
    }
    const told = hop.kind === 'ovs-bridge' ? switchLines(hop) : otherLines(hop)
    if (told.length > 0) flush()
    lines.push(...told)
  }
  flush()
  return lines
}

function stepLine(step: Step): string {
  return `    ${step.label.padEnd(LABEL)} ${step.text}`
}

/** `tx eth0 (vlan 20) fa:.. > fa:..`: the addresses where they are new. */
function deviceTexts(hop: Hop, before: readonly string[]): string[] {
  const step = hop.steps.find((each) => each.kind === 'rx' || each.kind === 'tx')
  if (step === undefined) return []
  const name = `${before.length === 0 ? `${step.kind} ` : ''}${hop.place}`
  return [`${name}${tagText(step.after)}${macText(step)}`]
}

function tagText({ vlans }: EthernetFrame): string {
  return vlans.map((tag) => ` vlan ${tag.tci & 0xfff}`).join('')
}

function macText({ kind, before, after }: Step): string {
  if (kind !== 'tx' || (before.dst === after.dst && before.src === after.src)) return ''
  return `  ${formatMac(after.src)} > ${formatMac(after.dst)}`
}

function otherLines(hop: Hop): string[] {
  const shown = hop.steps.filter((step) => !step.minor)
  if (hop.kind !== 'linux-bridge') return shown.map(stepLine)
  return shown.map((step) => `    ${hop.place.padEnd(LABEL)} ${step.kind === 'fdb' ? '' : `${step.label}: `}${step.text}`)
}

/** The tables in a row, then what the last of them led to. */
function switchLines(hop: Hop): string[] {
  const shown = hop.steps.filter((step) => !step.minor)
  const lines: string[] = []
  let tables: string[] = []
  let last: Step | null = null
  const flush = (tail: string): void => {
    const text = [tables.join(' -> ') + (last === null ? '' : actionsOf(last)), tail].filter((each) => each !== '').join(', ')
    if (text !== '') lines.push(`    ${hop.place.padEnd(LABEL)} ${text}`)
    tables = []
    last = null
  }
  const tails: string[] = []
  for (const step of shown) {
    if (step.kind === 'table') {
      if (tails.length > 0) flush(tails.splice(0).join(', '))
      tables.push(tableText(step))
      last = step
    } else if (!isSaid(step, tails)) tails.push(tailText(step))
  }
  flush(tails.join(', '))
  return lines
}

/** The output behind a NORMAL that knows its port. */
function isSaid(step: Step, tails: readonly string[]): boolean {
  return step.label === 'output' && tails.some((tail) => tail.includes('is known on port'))
}

function tailText({ label, text }: Step): string {
  switch (label) {
    case 'NORMAL':
      return text
    case 'output':
    case 'patch':
      return `-> ${text}`
    default:
      return `${label} ${text}`
  }
}

function tableText(step: Step): string {
  if (step.object?.kind !== 'flow') return `${step.label} no match`
  return `${step.label} prio ${step.object.flow.priority}`
}

function actionsOf(step: Step): string {
  const at = step.text.indexOf('actions=')
  // What a flow teaches is long, and says nothing about this packet.
  return at < 0 ? '' : `: ${step.text.slice(at + 'actions='.length).replaceAll(/learn\([^)]*\)/g, 'learn(...)')}`
}
