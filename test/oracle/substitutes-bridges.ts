// Bridges of the same cloud on real Linux: their ports are veth ends, which have a speed, and the kernel draws their addresses anew.
import { blocksOf, deviceOf, NIC, type Substitution } from './substitution.js'

const IP = /\bip\b/
/** Bridges whose link-local address is that of the MAC they had before a port gave them another. */
const BRIDGE = /^(br\d+|qbr\S+|virbr\d+)$/

export const BRIDGES: readonly Substitution[] = [
  { tool: IP, why: 'a link-local address keeps the MAC that a bridge drew when it was made', apply: withoutDrawnAddresses },
  {
    tool: IP,
    why: 'the drivers of old NICs do not tell the carrier, a veth end does',
    apply: (text) => blocksOf(text).map(carrierTold).join('\n'),
  },
  {
    tool: /\bifconfig br\d/,
    why: 'the address of a MAC that was drawn',
    apply: (text) => text.replace(/inet6 fe80::[0-9a-f:]+ /g, 'inet6 fe80::DRAWN '),
  },
  {
    tool: /\bbridge\b.* link/,
    why: 'the cost of a port is that of its speed: a tap has 100, a NIC 4, a veth end 2; the kernel gives it a number and a peer',
    apply: (text) =>
      text.replace(new RegExp(`^\\d+: (${NIC}|\\S+@\\S+)(?:@\\S+)?:(.*?)(?: cost \\d+)`, 'gm'), (_, name, rest) => plainPort(name, rest)),
  },
  {
    tool: /brctl showstp/,
    why: 'costs as above',
    apply: (text) =>
      text
        .split(/\n(?=\S)/)
        .map(withoutCost)
        .join('\n'),
  },
  {
    tool: /brctl show/,
    why: "libvirt's bridge is given its MAC by hand there, and a bridge's id follows",
    apply: (text) => text.replace(/^(virbr\d\t+8000\.)[0-9a-f]{12}/gm, '$1MAC'),
  },
  { tool: /ethtool.* -S/, why: 'the kernel gives numbers', apply: (text) => text.replace(/peer_ifindex: \d+/g, 'peer_ifindex: N') },
]

function plainPort(name: string, rest: string): string {
  const isVeth = name.includes('@') && !new RegExp(`^${NIC}@`).test(name)
  return `N: ${isVeth ? name : name.split('@')[0]}:${rest} cost N`
}

function withoutDrawnAddresses(text: string): string {
  return blocksOf(text)
    .map((block) => (BRIDGE.test(deviceOf(block) ?? '') ? block.replace(/fe80::[0-9a-f:]+\/64/g, 'fe80::DRAWN/64') : block))
    .join('\n')
}

function carrierTold(block: string): string {
  if (!/^eth\d$/.test(deviceOf(block) ?? '')) return block
  return block.replace(/ state UNKNOWN /, ' state UP ').replace(/^(\S+ +)UNKNOWN {8}/, '$1UP             ')
}

function withoutCost(block: string): string {
  return new RegExp(`^${NIC} \\(`).test(block) ? block.replace(/(path cost\t+) *\d+/, '$1N') : block
}
