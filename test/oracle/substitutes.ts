// What the same cloud on real Linux has in place of the thing itself, brought to one form before outputs are compared. Each rule says what
// stands for what; `netlab export` tells of the same things when a lab comes up. Small scenarios have none of this: they are built alike.
import { BRIDGES } from './substitutes-bridges.js'
import { BRIEF, blocksOf, deviceOf, NIC, type SideName, type Substitution } from './substitution.js'

/** Ports of the switches that are no veth: devices of the kernel module here, taps of the userspace switch there. */
const PORT = '(?:(?:qr|qg|sg|fg|tap)[0-9a-f-]*|br-\\w+)'
const IP = /\bip\b/
const TRACE = /ofproto\/trace/

const DEVICES: readonly Substitution[] = [
  {
    tool: IP,
    why: "the kernel module's own devices and its modules' first tunnels; the userspace switch has one other",
    apply: (text) => withoutBlocks(text, /^(ovs-netdev|ovs-system|vxlan_sys_\d+|tunl0)$/),
  },
  { tool: IP, side: 'real', why: 'tunnels of the userspace switch leave by a bridge that has the address', apply: addressesBack },
  { tool: IP, side: 'real', why: 'NICs and taps are ends of veth pairs', apply: plainNics },
  {
    tool: IP,
    why: 'the userspace switch makes its ports promiscuous',
    apply: (text) => mapHeads(text, PORT, NIC, (l) => l.replace('PROMISC,', '').replace(',PROMISC>', '>')),
  },
  {
    tool: IP,
    why: 'a veth end and a tap have other queues',
    apply: (text) => mapHeads(text, PORT, NIC, (l) => l.replace(/qdisc \S+/, 'qdisc Q')),
  },
  { tool: IP, why: 'ports belong to ovs-system in the kernel module only', apply: (text) => text.replace(/ master ovs-system\b/g, '') },
  { tool: IP, why: "the wires' ends take the first numbers of namespaces", apply: (text) => text.replace(/\(id: \d+\)/g, '(id: N)') },
  { tool: /ls \/sys\/class\/net/, why: 'as above', apply: (text) => text.replace(/^(ovs-netdev|ovs-system|vxlan_sys_\d+|tunl0)\n/gm, '') },
]

const SWITCHES: readonly Substitution[] = [
  { tool: /ovs-vsctl.* show/, why: 'the userspace switch', apply: (text) => text.replace(/^ +datapath_type: \w+\n/gm, '') },
  { tool: /ovs-vsctl.* show/, why: 'the bridge with the address of the tunnels', side: 'real', apply: withoutTunnelBridge },
  { tool: /list-br|ofproto\/list/, why: 'as above', side: 'real', apply: (text) => text.replace(/^br-e(np|th|m)\w+\n/gm, '') },
  {
    tool: /ovs-ofctl.* (show|dump-ports-desc)/,
    why: 'addresses that the switch draws for ports without a device',
    apply: (text) => text.replace(/^( *\d+\((?:patch-|int-|phy-|vxlan-)[^)]*\): addr:)[0-9a-f:]+/gm, '$1DRAWN'),
  },
  {
    tool: /ovs-ofctl.* (show|dump-ports-desc)/,
    why: 'a tap has a speed, a port of the kernel module has none',
    side: 'real',
    apply: (text) => text.replace(/^ +current: +10GB-FD COPPER\n/gm, '').replaceAll('speed: 10000 Mbps now', 'speed: 0 Mbps now'),
  },
  { tool: TRACE, why: 'tunnels of the userspace switch go through one bridge more', side: 'real', apply: kernelTunnels },
  { tool: TRACE, why: 'what that comes to', apply: plainActions },
]

export const SUBSTITUTIONS: readonly Substitution[] = [...DEVICES, ...BRIDGES, ...SWITCHES]

export function substituted(text: string, cmd: string, of: SideName): string {
  let out = text
  for (const { tool, side, apply } of SUBSTITUTIONS) if (tool.test(cmd) && (side === undefined || side === of)) out = apply(out)
  return out
}

function withoutBlocks(text: string, names: RegExp): string {
  return blocksOf(text)
    .filter((block) => !names.test(deviceOf(block) ?? ''))
    .join('\n')
}

function mapHeads(text: string, port: string, nic: string, change: (block: string) => string): string {
  const names = new RegExp(`^(${port}|${nic})$`)
  return blocksOf(text)
    .map((block) => (names.test(deviceOf(block) ?? '') ? change(block) : block))
    .join('\n')
}

function plainNics(text: string): string {
  return blocksOf(text).map(plainNic).join('\n')
}

function plainNic(block: string): string {
  const name = deviceOf(block)
  if (name === null || !new RegExp(`^${NIC}$`).test(name)) return block
  const state = name.startsWith('tap') || name.startsWith('vnet') ? 'UNKNOWN' : 'UP'
  return block
    .replace(/^(\d+: [^@:]+)@if\d+:/, '$1:')
    .replace(/^[^@:\s]+@if\d+ +(?=[A-Z])/, `${name.padEnd(16)} `)
    .replace(/ link-netnsid \d+/, '')
    .replace(/ state UP /, ` state ${state} `)
    .replace(/^(\S+ +)UP {12,}/, `$1${state.padEnd(14)} `)
}

/** The address of br-NIC stands on NIC, and br-NIC is not there. */
function addressesBack(text: string): string {
  const blocks = blocksOf(text)
  const bridge = /^br-(e(?:np|th|m)\w+)$/
  for (const block of blocks) {
    const nic = bridge.exec(deviceOf(block) ?? '')?.[1]
    const at = blocks.findIndex((other) => deviceOf(other) === nic)
    if (nic === undefined || at < 0) continue
    const inet = /\n {4}inet .*\n.*/.exec(block)?.[0]
    const brief = BRIEF.test(block) ? /\d+(?:\.\d+){3}\/\d+ /.exec(block)?.[0] : undefined
    if (inet !== undefined) blocks[at] = blocks[at]!.replace(/\n {4}inet6|$/, (rest) => inet + rest)
    if (brief !== undefined) blocks[at] = blocks[at]!.replace(/fe80|$/, (rest) => brief + rest)
  }
  return blocks
    .filter((block) => !bridge.test(deviceOf(block) ?? ''))
    .join('\n')
    .replace(/\bbr-(e(?:np|th|m)\w+)/g, '$1')
}

function withoutTunnelBridge(text: string): string {
  return text.replace(/^ {4}Bridge br-e(?:np|th|m)\w+\n(?: {8}.*\n)*/gm, '')
}

function kernelTunnels(text: string): string {
  return text
    .replaceAll('output to native tunnel', 'output to kernel tunnel')
    .replace(/^ *-> tunneling .*\n/gm, '')
    .replace(/\n\n *bridge\("br-e(?:np|th|m)\w+"\)\n *-+\n *0\. priority 0\n *NORMAL\n(?: *-> .*\n)*/g, '\n')
}

/** Numbers of the datapath's ports are counted otherwise; a tunnel is named by what a learner can check: who to whom, and which network. */
function plainActions(text: string): string {
  return text.replace(/^Datapath actions: .*/gm, (line) => {
    const pushes = [...line.matchAll(/ipv4\(src=([\d.]+),dst=([\d.]+).*?(?:vni|key)=(0x[0-9a-f]+)/g)].map(
      ([, src, dst, id]) => `${id} ${src} > ${dst}`,
    )
    const sets = [...line.matchAll(/tunnel\(tun_id=(0x[0-9a-f]+),src=([\d.]+),dst=([\d.]+)/g)].map(
      ([, id, src, dst]) => `${id} ${src} > ${dst}`,
    )
    const tunnels = [...pushes, ...sets]
    if (tunnels.length > 0) return `Datapath actions: tunnels ${tunnels.join(', ')}`
    return line.replace(/(?<=[ ,(])\d+(?=[,)]|$)/g, 'PORT')
  })
}
