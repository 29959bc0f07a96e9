// The plan as a bash script: what is written by hand (frame/*.bash), tables, and the replay.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder } from '../scenario/library.js'
import { needsOf } from './needs.js'
import type { ExportPlan, NicPlan, NodePlan, Plug } from './plan.js'
import { hereDocument, plainLine, quoteWord } from './quote.js'
import { replayText } from './replay.js'

/** In the order in which a reader wants them. */
const FRAME = [
  'words',
  'state',
  'check',
  'holder',
  'nodes',
  'wires',
  'vlans',
  'openvswitch',
  'guests',
  'services',
  'node',
  'replay',
  'versions',
  'main',
]

export interface ScriptOptions {
  /** `netlab 0.1.0` */
  readonly application: string
  /** How it was asked for, for the reader of the script. */
  readonly command: string
}

export function scriptOf(plan: ExportPlan, options: ScriptOptions): string {
  return [
    headOf(plan, options),
    ...FRAME.map(frameText),
    '# --- the lab ---------------------------------------------------------------------------------------------------------------------------',
    ...tablesOf(plan),
    replayText(plan),
    'main "$@"\n',
  ].join('\n')
}

function headOf(plan: ExportPlan, { application, command }: ScriptOptions): string {
  return `#!/usr/bin/env bash
# ${plainLine(plan.title)}
#
# Written by ${application}: ${plainLine(command)}
# Builds the lab on a real Linux machine: a node is a process with namespaces of its own, a wire a bridge or a veth pair, and then what the
# lab's agents typed is typed again. \`bash FILE help\` tells the rest.

[ -n "\${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -u
shopt -s lastpipe
LC_ALL=C
LAB=${quoteWord(plan.name)}
STATE=\${XDG_RUNTIME_DIR:-/run}/netlab/$LAB
`
}

/** In a checkout beside this file, in a package where the build puts it. */
function frameText(name: string): string {
  const folder = packageFolder()
  for (const place of ['src', 'dist']) {
    try {
      return readFileSync(join(folder, place, 'export/frame', `${name}.bash`), 'utf8')
    } catch {
      // The other place.
    }
  }
  throw new Error(`the file export/frame/${name}.bash of netlab is missing`)
}

// --- tables

function tablesOf(plan: ExportPlan): string[] {
  const { nodes } = plan
  return [
    table(
      'nodes_table',
      'NODE HOSTNAME IPTABLES HYPERVISOR IMAGE',
      nodes.map((node) => nodeRow(node, nodes)),
    ),
    table(
      'wires_table',
      'WIRE whether it has VLANs',
      plan.wires.map(({ name, isTagged }) => `${name} ${isTagged ? 'tagged' : 'no'}`),
    ),
    table(
      'nics_table',
      'NODE NIC MAC MTU IFINDEX segment WIRE MTU VLANS | veth NODE NIC MAC MTU IFINDEX | gone',
      nodes.flatMap((node) => [...node.nics.flatMap((nic) => nicRow(node, nic)), ...goneRows(node)]),
    ),
    table(
      'settings_table',
      'NODE SETTING=VALUE: what the distributions set',
      nodes.flatMap(({ name, sysctl }) => [...sysctl].map(([key, value]) => `${name} ${key}=${value}`)),
    ),
    table(
      'wanted_table',
      'IMAGE TOOL VERSION: what the lab has',
      [...new Map(nodes.map((node) => [imageOf(node, nodes), node.tools]))].flatMap(([image, tools]) =>
        [...tools].map(([tool, wanted]) => `${image} ${tool} ${wanted.split(' ')[0]}`),
      ),
    ),
    table('services_table', 'NODE SERVICE', servicesOf(plan)),
    table('needs_table', 'KIND NAME USES NODES: what the replay uses', needsOf(plan)),
    table(
      'told_table',
      'WHAT|WHY|INSTEAD: what is otherwise on any machine',
      plan.told.map(({ what, why, instead }) => [what, why, instead ?? ''].map(plainLine).join('|')),
    ),
  ]
}

/** Open vSwitch is started by its own words. */
function servicesOf({ nodes, replay }: ExportPlan): string[] {
  const metadata = new Set(replay.filter(({ cause }) => cause.agent === 'nova-api').map(({ node }) => node))
  const logging = new Set(replay.filter(({ argv }) => argv.some((word) => word.endsWith('dnsmasq'))).map(({ node }) => node))
  return nodes.flatMap(({ name, services }) =>
    [
      // First, so that the others find it.
      ...(logging.has(name) ? ['syslog'] : []),
      ...services.filter((service) => service !== 'openvswitch'),
      ...(metadata.has(name) ? ['metadata'] : []),
    ].map((service) => `${name} ${service}`),
  )
}

function table(name: string, columns: string, rows: readonly string[]): string {
  if (rows.length === 0) return `# ${columns}\n${name}() { :; }\n`
  return `# ${columns}\n${name}() {\n  cat ${hereDocument(`${rows.join('\n')}\n`, 'END')}\n}\n`
}

function nodeRow(node: NodePlan, nodes: readonly NodePlan[]): string {
  const { name, hostname, iptables, host } = node
  return [name, hostname, iptables, host ?? '-', imageOf(node, nodes)].join(' ')
}

/** A node with tools of its own has an image of its own. */
function imageOf(node: NodePlan, nodes: readonly NodePlan[]): string {
  const textOf = ({ tools }: NodePlan): string => [...tools].join()
  const first = nodes.find(({ image }) => image === node.image)!
  return textOf(first) === textOf(node) ? node.image : `${node.image}/${node.name}`
}

function nicRow(node: NodePlan, nic: NicPlan): string[] {
  const own = [node.name, nic.name, nic.mac, nic.mtu, nic.ifindex]
  const plug = plugWords(nic.plug)
  return plug === null ? [] : [[...own, ...plug].join(' ')]
}

function plugWords(plug: Plug): (string | number)[] | null {
  switch (plug.kind) {
    case 'segment':
      return ['segment', plug.wire, plug.mtu, plug.vlans.length === 0 ? '-' : plug.isAccess ? plug.vlans[0]! : `${plug.vlans.join('+')}+`]
    case 'veth':
      return ['veth', plug.node, plug.nic.name, plug.nic.mac, plug.nic.mtu, plug.nic.ifindex]
    case 'second':
    case 'tap':
      return null
  }
}

/** Numbers below the highest NIC's that nothing has: the kernel counted past them when the lab's was made. */
function goneRows(node: NodePlan): string[] {
  if (node.host !== null || node.services.includes('openvswitch')) return []
  const used = new Set([1, ...node.nics.map(({ ifindex }) => ifindex)])
  const highest = Math.max(...used)
  const rows: string[] = []
  for (let ifindex = 2; ifindex < highest; ifindex++) if (!used.has(ifindex)) rows.push(`${node.name} - - - ${ifindex} gone`)
  return rows
}
