// `netlab export SCENARIO`: the booted lab as a bash script for a real Linux machine, or a probe of it as a capture file.
import { chmodSync } from 'node:fs'
import type { ExplainOptions } from '../../explain/explain.js'
import { explain, NameError } from '../../explain/explain.js'
import type { Explanation } from '../../explain/probe.js'
import { pcapngOf } from '../../explain/way-pcapng.js'
import { readPlan, type TypedByYou } from '../../export/read-plan.js'
import { scriptOf } from '../../export/script.js'
import type { Lab } from '../../lab/lab.js'
import { readScript } from '../../lab/script-lines.js'
import { EXIT, UsageError } from '../exit-code.js'
import { message, out, readInput, writeOut } from '../streams.js'
import { version } from '../version.js'
import { bootLab, type LabOptions } from './lab-options.js'

/** What agents still do about the last line. */
const SETTLE_SECONDS = 10

export interface ExportOptions extends LabOptions, Omit<ExplainOptions, 'from' | 'to'> {
  readonly format: string
  readonly out?: string
  readonly run?: string
  readonly from?: string
  readonly to?: string
  readonly at?: readonly string[]
}

export async function exportLab(scenario: string, options: ExportOptions): Promise<number> {
  checkFormat(scenario, options)
  const lab = await bootLab(scenario, options, options.run === undefined ? 'one' : 'many')
  // What nobody has touched yet is part of the lab, too.
  for (const name of [...lab.asleep]) await lab.wake(name)
  const typed = await typeFirst(lab, options)
  if (options.format === 'pcap') writeOut(options.out!, captureOf(lab, options))
  else writeScript(lab, typed, options)
  return EXIT.done
}

function checkFormat(scenario: string, { format, out: file, from, to, at }: ExportOptions): void {
  if (['text', 'mermaid', 'dot', 'svg'].includes(format))
    throw new UsageError(`graph draws that: netlab graph ${scenario} --format ${format}`)
  if (format === 'pcapng') throw new UsageError('the format is called pcap; what is written is pcapng')
  if (format !== 'sh' && format !== 'pcap') throw new UsageError(`unknown format "${format}" (known: sh, pcap)`)
  if (format === 'sh' && (from ?? to ?? at) !== undefined) throw new UsageError('--from, --to and --at go with --format pcap')
  if (format === 'pcap' && to === undefined) throw new UsageError('--format pcap needs --to PLACE: where the probe goes')
  if (format === 'pcap' && file === undefined) throw new UsageError('--format pcap needs -o FILE')
}

/** What a person types in the lab before it is written down. */
async function typeFirst(lab: Lab, { run, stepLimit }: ExportOptions): Promise<TypedByYou[]> {
  if (run === undefined) return []
  const typed: TypedByYou[] = []
  for (const { node, command } of readScript(readInput(run), lab.nodes[0]?.name ?? '')) {
    const { nowUs: atUs } = lab.sim
    const { clockUs } = lab
    const { exitCode, stderr } = await lab.run(node, command, { stepLimitSeconds: stepLimit ?? 600 })
    if (exitCode !== 0) message(`netlab: @${node} ${command}: exit ${exitCode}${stderr === '' ? '' : `: ${stderr.trimEnd()}`}`)
    typed.push({ node, command, atUs, clockUs, exitCode })
  }
  await lab.advance(SETTLE_SECONDS)
  return typed
}

function writeScript(lab: Lab, typed: readonly TypedByYou[], options: ExportOptions): void {
  const machines = new Map(lab.nodes.map(({ name, machine }) => [name, machine]))
  if (lab.scenario.cloud !== null && ![...machines.values()].some(({ parent }) => parent !== null))
    message('netlab: no server runs in this cloud yet; --run FILE types a script that boots some first')
  const text = scriptOf(readPlan(lab.scenario, machines, typed), { application: `netlab ${version()}`, command: commandOf(lab, options) })
  if (options.out === undefined) return out(text)
  writeOut(options.out, text)
  chmodSync(options.out, 0o755)
}

function commandOf(lab: Lab, { image, seed, run }: ExportOptions): string {
  const words = [
    ...(image === undefined ? [] : ['--image', image]),
    ...(seed === undefined ? [] : ['--seed', seed]),
    ...(run === undefined ? [] : ['--run', run]),
  ]
  return ['netlab export', lab.scenario.name, ...words].join(' ')
}

// --- captures

function captureOf(lab: Lab, options: ExportOptions): Uint8Array {
  const machines = new Map(lab.nodes.map(({ name, machine }) => [name, machine]))
  const kernels = new Map(lab.nodes.map(({ name, machine }) => [name, machine.kernel]))
  const places = (options.at ?? []).map((place) => placeOf(place, lab))
  const from = options.from ?? lab.nodes[0]?.name ?? ''
  const explanation = guarded(() => explain({ sim: lab.sim, kernels }, machines, { ...options, from, to: options.to! }))
  const clockStartUs = lab.clockUs - lab.pace.nowUs
  return pcapngOf(explanation.ways, { clockStartUs, application: `netlab ${version()}`, ...(places.length === 0 ? {} : { places }) })
}

function placeOf(place: string, lab: Lab): { node: string; device: string } {
  const colon = place.indexOf(':')
  const node = colon < 0 ? place : place.slice(0, colon)
  const machine = lab.node(node)?.machine
  if (machine === undefined) throw new UsageError(lab.unknownNode(node))
  if (colon < 0) throw new UsageError(`--at wants NODE:DEVICE, not "${place}"`)
  const device = place.slice(colon + 1)
  const known = [...machine.kernel.namespaces].some((netns) => netns.deviceByName(device) !== null)
  if (!known) throw new UsageError(`no device "${device}" on ${node}`)
  return { node, device }
}

function guarded(work: () => Explanation): Explanation {
  try {
    return work()
  } catch (error) {
    throw error instanceof NameError ? new UsageError(error.message) : error
  }
}
