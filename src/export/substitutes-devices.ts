// Devices: the MAC addresses that the lab's kernel drew (permanent neighbours name them), VLAN devices where the kernel has none, and the
// taps of servers, which are veth ends here.
import { formatMac } from '../addr/mac.js'
import type { Machine } from '../node/machine.js'
import { innerOf, typedInstead, typedText } from './inner-command.js'
import { deviceNamed } from './of-machine.js'
import type { Instead, NicPlan } from './plan.js'
import { hereDocument, quoteWord, quoteWords } from './quote.js'
import type { Substitute, SubstituteContext, Typed } from './substitute.js'

export const taps: Substitute = {
  family: 'taps of servers',
  told: [
    {
      what: "servers' taps",
      why: 'no hypervisor runs: a server is a node too',
      instead: "a veth pair, whose other end is the server's NIC (ip shows tap...@ifN)",
    },
  ],
  replace({ node, argv }, { nodes }) {
    const [ip, object, verb, ...words] = innerOf(argv).words
    if (ip !== 'ip' || object !== 'tuntap' || verb !== 'add') return null
    const tap = words[0] === 'dev' ? words[1] : words[0]
    for (const guest of nodes.values()) {
      const nic = guest.nics.find(({ plug }) => plug.kind === 'tap' && plug.node === node && plug.tap === tap)
      if (nic !== undefined) return { where: 'host', script: plugWords(node, tap!, guest.name, nic), what: 'plug_tap' }
    }
    return null
  },
}

function plugWords(node: string, tap: string, guest: string, { name, mac, mtu, ifindex }: NicPlan): string {
  return quoteWords(['plug_tap', node, tap, guest, name, mac, String(mtu), String(ifindex)])
}

export const drawnAddresses: Substitute = {
  family: 'MAC addresses',
  told: [],
  replace({ node, argv, stdin, exitCode }, { machines }) {
    const { before, words } = innerOf(argv)
    const machine = machines.get(node)
    if (machine === undefined || exitCode !== 0) return null
    if (words[0] === 'brctl' && words[1] === 'addbr') return bridgeWithMac(argv, words[2]!, machine)
    if (words[0] !== 'ip') return null
    const lines = stdin.split('\n').map((line) => withMacs(line.split(' '), machine).join(' '))
    const changed = withMacs(words, machine)
    if (changed === words && lines.join('\n') === stdin) return null
    return typedInstead([...before, ...changed], lines.join('\n'))
  },
}

/** `... link add A type veth peer name B ...` with both addresses. */
function withMacs(words: readonly string[], machine: Machine): readonly string[] {
  const add = words.indexOf('add')
  const type = words.indexOf('type')
  if (add < 1 || words[add - 1] !== 'link' || type < 0 || words[type + 1] !== 'veth' || words.includes('address')) return words
  const name = /^(name|dev)$/.test(words[add + 1]!) ? words[add + 2]! : words[add + 1]!
  const peer = words.indexOf('name', type) + 1
  const own = macWords(machine, name)
  if (peer === 0) return [...words.slice(0, type), ...own, ...words.slice(type)]
  return [...words.slice(0, type), ...own, ...words.slice(type, peer + 1), ...macWords(machine, words[peer]!), ...words.slice(peer + 1)]
}

function macWords(machine: Machine, name: string): string[] {
  const device = deviceNamed(machine, name)
  return device === null ? [] : ['address', formatMac(device.mac)]
}

/** A bridge that no port lends its address. */
function bridgeWithMac(argv: readonly string[], name: string, machine: Machine): Instead | null {
  const device = deviceNamed(machine, name)
  if (device === null || device.netns.devices.some((other) => other !== device && other.mac === device.mac)) return null
  const address = ['ip', 'link', 'set', name, 'address', formatMac(device.mac)]
  return { where: 'node', script: `${quoteWords(argv)} && ${quoteWords(address)}`, what: quoteWords(argv) }
}

const VLAN = /\bip link add (?:link (\S+) name (\S+)|(?:name )?(\S+) link (\S+)) type vlan id (\d+)/g

export const vlanDevices: Substitute = {
  family: 'VLAN devices',
  told: [],
  replace(typed, context) {
    const line = typed.argv[0] === 'bash' && typed.argv[1] === '-c' ? typed.argv[2]! : typed.argv.join(' ')
    const found = [...line.matchAll(VLAN)]
    if (found.length === 0 || typed.exitCode !== 0) return null
    const plugs = found.map(([, below, name, first, second, id]) => plugVlan(typed, context, below ?? second!, name ?? first!, id!))
    // The kernel may have such devices: then it makes them itself.
    const asked = line.replaceAll(
      VLAN,
      (command, _below, name, first) => `{ ip link show ${name ?? first} >/dev/null 2>&1 || ${command}; }`,
    )
    return { where: 'host', script: `${plugs.join('\n')}\n${onNode(typed, ['bash', '-c', asked])}`, what: 'plug_vlan' }
  },
}

/** plug_vlan NODE NIC NAME ID MAC */
function plugVlan(typed: Typed, { machines }: SubstituteContext, below: string, name: string, id: string): string {
  const device = deviceNamed(machines.get(typed.node)!, name)
  return quoteWords(['plug_vlan', typed.node, below, name, id, device === null ? '-' : formatMac(device.mac)])
}

/** From the script itself, typed in a node as a step of its own. */
function onNode({ node, argv, stdin }: Typed, changed: readonly string[]): string {
  const text = `instead 0 ${quoteWord(quoteWords(argv))} ${hereDocument(typedText(changed, stdin), 'INSTEAD')}\n`
  return `on ${quoteWord(node)} ${hereDocument(text, 'TYPED')}`
}
