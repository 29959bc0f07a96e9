// A checked file's plain data as a Scenario: units, maps and addresses instead of text. Needs neither YAML nor schema.
import { parseMac } from '../addr/mac.js'
import { cloudOf } from './cloud-from-data.js'
import type { NodeSpec, ProbeSpec, Scenario, WireSpec } from './scenario.js'
import type { ScenarioData } from './schema.js'
import { textMap } from './text-map.js'
import { parseClock, parseDuration } from './words.js'
import type { Position } from './yaml-document.js'

export interface ScenarioSource {
  readonly name: string
  readonly file: string | null
  /** Where the probes stand in the file, in order. */
  readonly probes: readonly Position[]
}

export function scenarioOf(data: ScenarioData, source: ScenarioSource): Scenario {
  return {
    name: source.name,
    file: source.file,
    title: data.title,
    summary: data.summary,
    clockUs: parseClock(data.clock)!,
    seed: String(data.seed),
    nodes: Object.entries(data.nodes).map(([name, node]) => nodeOf(name, node, data)),
    wires: Object.entries(data.wires).map(([name, wire]) => wireOf(name, wire)),
    cloud: data.cloud === null ? null : cloudOf(data.cloud),
    pins: textMap(data.pins),
    setup: data.setup.map((step) => ({ node: step.node, lines: linesOf(step.run) })),
    expect: data.expect.map((probe, i) => probeOf(probe, source.probes[i] ?? { line: 0, column: 0 })),
  }
}

function nodeOf(name: string, node: ScenarioData['nodes'][string], { image, sysctl }: Pick<ScenarioData, 'image' | 'sysctl'>): NodeSpec {
  return {
    name,
    image: node.image ?? image,
    tools: textMap(node.tools),
    hostname: node.hostname ?? name,
    user: node.user,
    iptables: node.iptables,
    nics: node.nics.map((nic) => ({ ...nic, mac: nic.mac === null ? null : parseMac(nic.mac) })),
    addresses: Object.entries(node.addresses).flatMap(([device, texts]) => texts.map((text) => ({ device, words: wordsOf(text) }))),
    routes: node.routes.map((text) => ({ words: wordsOf(text) })),
    sysctl: textMap({ ...sysctl, ...node.sysctl }),
    files: node.files.map((file) => ({ ...file, mode: file.mode === null ? null : Number.parseInt(file.mode, 8) })),
    services: node.services,
    modules: node.modules,
    bridges: Object.entries(node.bridges).map(([bridge, ports]) => ({ name: bridge, ports })),
  }
}

function wireOf(name: string, wire: ScenarioData['wires'][string]): WireSpec {
  return { name, kind: wire.kind, delayUs: parseDuration(wire.delay)!, loss: wire.loss, mtu: wire.mtu, trunk: wire.trunk }
}

function probeOf(probe: ScenarioData['expect'][number], at: Position): ProbeSpec {
  return { node: probe.node, run: probe.run, exit: probe.exit, stdout: listOf(probe.stdout), absent: listOf(probe.absent), at }
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}

/** A list's entries are lines as they stand. In a text a backslash at the end joins lines, and a here-document stays whole. */
function linesOf(run: string | readonly string[]): readonly string[] {
  return typeof run === 'string' ? [run] : run
}

function wordsOf(text: string): readonly string[] {
  return text.trim().split(/\s+/)
}
