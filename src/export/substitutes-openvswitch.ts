// Open vSwitch of a node: daemons and a database of its own, the userspace datapath instead of the kernel's (whose module is one for the
// whole machine, if there is one), and tunnels. Those of the userspace datapath go out by a bridge that has their local address.
import { formatIpv4 } from '../addr/ipv4.js'
import { formatMac } from '../addr/mac.js'
import type { NetDevice } from '../kernel/netdev.js'
import { openvswitchOn } from '../node/daemons/openvswitch.js'
import type { Machine } from '../node/machine.js'
import { stringMap } from '../ovs/db/datum.js'
import { innerOf, typedInstead, typedText } from './inner-command.js'
import type { Told } from './plan.js'
import { quoteWords } from './quote.js'
import type { Substitute, Typed } from './substitute.js'

const DATAPATH: Told = {
  what: "the kernel's datapath of Open vSwitch",
  why: 'its module belongs to the whole machine',
  instead: 'datapath_type=netdev; ports are seen by ovs-netdev, and bridges have the MAC of the lab by other_config:hwaddr',
}
const UNDERLAY: Told = {
  what: 'tunnels from the address of a plain NIC',
  why: 'the userspace datapath sends them by a bridge that has the address',
  instead: 'a bridge br-NIC with the NIC as its port has the address; the packets of the tunnel are seen on the NIC',
}

/** The service starts and NICs come up where a node boots: before anything is typed that asks for the switch. */
export const bootWithSwitch: Substitute = {
  family: 'a node with Open vSwitch boots',
  told: [UNDERLAY],
  replace(typed, context) {
    const machine = context.machines.get(typed.node)
    if (!isBootBatch(typed) || machine === undefined || openvswitchOn(machine) === null) return null
    return { where: 'node', script: bootScript(machine, typed), what: `start of Open vSwitch; ${quoteWords(typed.argv)}` }
  },
}

export const switchCommands: Substitute = {
  family: 'ovs-vsctl',
  told: [DATAPATH],
  replace(typed, context) {
    const { before, words } = innerOf(typed.argv)
    const machine = context.machines.get(typed.node)
    if (words[0] !== 'ovs-vsctl' || machine === undefined) return null
    const changed = inUserspace(words, machine)
    const argv = [...before, ...changed]
    const far = farEnds(words)
    if (far !== '') return { where: 'node', script: `${far}\n${typedText(argv, typed.stdin)}`, what: quoteWords(argv) }
    return changed.length === words.length && changed.every((word, i) => word === words[i]) ? null : typedInstead(argv, typed.stdin)
  },
}

// --- boot

function isBootBatch({ argv, stdin }: Typed): boolean {
  return argv.join(' ') === 'ip -batch -' && stdin.startsWith('link set lo up\n')
}

function bootScript(machine: Machine, typed: Typed): string {
  const bridges = underlayOf(machine)
  const lines = typed.stdin.trimEnd().split('\n')
  const links = lines.filter((line) => line.startsWith('link '))
  const others = lines.filter((line) => !line.startsWith('link ')).map((line) => movedTo(bridges, line))
  return [
    quoteWords(['start_openvswitch', ...identityOf(machine)]),
    typedText(typed.argv, `${links.join('\n')}\n`),
    ...[...bridges].map(([nic, bridge]) => quoteWords(['lay_underlay', nic, bridge])),
    ...(others.length > 0 ? [typedText(typed.argv, `${others.join('\n')}\n`)] : []),
  ].join('\n')
}

/** NICs that tunnels go out by, each with the bridge that gets its address. */
export function underlayOf(machine: Machine): Map<string, string> {
  const ends = new Set(machine.agentLog.flatMap(({ argv }) => argv.flatMap((word) => /^options:local_ip=([\d.]+)$/.exec(word)?.[1] ?? [])))
  const bridges = new Map<string, string>()
  for (const device of machine.kernel.initNetns.devices) {
    if (device.kind !== 'physical' || !device.addresses.some(({ local }) => ends.has(formatIpv4(local)))) continue
    bridges.set(device.name, `br-${device.name}`.slice(0, 15))
  }
  return bridges
}

/** Far ends of the tunnels that a machine has. */
export function tunnelPeers(machine: Machine): string[] {
  const words = machine.agentLog.flatMap(({ argv }) => argv)
  return [...new Set(words.flatMap((word) => /^options:remote_ip=([\d.]+)$/.exec(word)?.[1] ?? []))]
}

/** `addr add 10.0.0.1/24 dev eth1`: the device is the bridge. */
function movedTo(bridges: ReadonlyMap<string, string>, line: string): string {
  const words = line.split(' ')
  const at = words.indexOf('dev') + 1
  const bridge = at > 0 ? bridges.get(words[at]!) : undefined
  if (bridge !== undefined) words[at] = bridge
  return words.join(' ')
}

/** uuid of the database's first row, and what ovs-ctl writes into it. */
function identityOf(machine: Machine): string[] {
  const root = openvswitchOn(machine)?.databaseNow?.root ?? null
  if (root === null) return ['-']
  const ids = [...stringMap(root.stored('external_ids'))].map(([key, value]) => `external_ids:${key}=${value}`)
  const facts = ['system_type', 'system_version'].flatMap((column) => {
    const text = root.text(column)
    return text === null ? [] : [`${column}=${text}`]
  })
  return [root.uuid, ...ids, ...facts]
}

// --- ovs-vsctl

function inUserspace(words: readonly string[], machine: Machine): string[] {
  const changed: string[] = []
  for (const command of commandsOf(words)) {
    changed.push(...command.map((word) => (word === 'datapath_type=system' ? 'datapath_type=netdev' : word)))
    const bridge = addedBridge(command)
    if (bridge === null) continue
    changed.push('--', 'set', 'Bridge', bridge, 'datapath_type=netdev')
    const mac = ownMac(machine, bridge)
    if (mac !== null) changed.push(`other_config:hwaddr=${mac}`)
  }
  return changed
}

/** Pieces that begin with `--`, but for the first. */
function commandsOf(words: readonly string[]): string[][] {
  const commands: string[][] = [[]]
  for (const word of words) {
    if (word === '--') commands.push([word])
    else commands.at(-1)!.push(word)
  }
  return commands
}

/** A fake bridge (`add-br NAME PARENT VLAN`) is none of its own. */
function addedBridge(command: readonly string[]): string | null {
  const at = command.indexOf('add-br')
  return at < 0 || command.length > at + 2 ? null : (command[at + 1] ?? null)
}

/** Drawn by chance; null where it follows from a NIC among its ports. */
function ownMac(machine: Machine, bridge: string): string | null {
  const { devices } = machine.kernel.initNetns
  const device = devices.find(({ name }) => name === bridge)
  if (device === undefined || device.kind !== 'ovs-internal') return null
  const isNics = (other: NetDevice): boolean => other !== device && other.kind === 'physical' && other.mac === device.mac
  return devices.some(isNics) ? null : formatMac(device.mac)
}

/** The agent that is at the other end of a controller or manager connection. */
function farEnds(words: readonly string[]): string {
  const lines: string[] = []
  for (const word of words) {
    const controller = /^tcp:(127\.\d+\.\d+\.\d+):(\d+)$/.exec(word)
    if (controller !== null && words.includes('set-controller')) lines.push(`openflow_controller ${controller[1]} ${controller[2]}`)
    const manager = /^target="?ptcp:(\d+):(127\.\d+\.\d+\.\d+)"?$/.exec(word)
    if (manager !== null) lines.push(`database_client ${manager[2]} ${manager[1]}`)
  }
  return lines.join('\n')
}
