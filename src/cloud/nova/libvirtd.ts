// libvirt's own default network on a hypervisor: virbr0 and its rules, which OpenStack does not use but every `ip a` shows.
import type { Machine } from '../../node/machine.js'
import { Agent } from '../agent.js'

const CIDR = '192.168.122.0/24'

/** Rules in the order in which they end up in the chains. */
function filterRules(established: string): string[] {
  return [
    '-A INPUT -i virbr0 -p udp -m udp --dport 53 -j ACCEPT',
    '-A INPUT -i virbr0 -p tcp -m tcp --dport 53 -j ACCEPT',
    '-A INPUT -i virbr0 -p udp -m udp --dport 67 -j ACCEPT',
    '-A INPUT -i virbr0 -p tcp -m tcp --dport 67 -j ACCEPT',
    `-A FORWARD -d ${CIDR} -o virbr0 ${established} -j ACCEPT`,
    `-A FORWARD -s ${CIDR} -i virbr0 -j ACCEPT`,
    '-A FORWARD -i virbr0 -o virbr0 -j ACCEPT',
    '-A FORWARD -o virbr0 -j REJECT --reject-with icmp-port-unreachable',
    '-A FORWARD -i virbr0 -j REJECT --reject-with icmp-port-unreachable',
  ]
}

const ESSEX_RULES: readonly string[] = filterRules('-m state --state RELATED,ESTABLISHED')

/** 1.2: answers of its DHCP server leave by OUTPUT, masquerading spares multicast and broadcast. */
const LATER_RULES: readonly string[] = [
  ...filterRules('-m conntrack --ctstate RELATED,ESTABLISHED'),
  '-A OUTPUT -o virbr0 -p udp -m udp --dport 68 -j ACCEPT',
  `-t nat -A POSTROUTING -s ${CIDR} -d 224.0.0.0/24 -j RETURN`,
  `-t nat -A POSTROUTING -s ${CIDR} -d 255.255.255.255/32 -j RETURN`,
  `-t nat -A POSTROUTING -s ${CIDR} ! -d ${CIDR} -p tcp -j MASQUERADE --to-ports 1024-65535`,
  `-t nat -A POSTROUTING -s ${CIDR} ! -d ${CIDR} -p udp -j MASQUERADE --to-ports 1024-65535`,
  `-t nat -A POSTROUTING -s ${CIDR} ! -d ${CIDR} -j MASQUERADE`,
  '-t mangle -A POSTROUTING -o virbr0 -p udp -m udp --dport 68 -j CHECKSUM --checksum-fill',
]

/** A libvirtd in a container of its own, as later clouds are deployed, has no default network. */
export async function startLibvirt(machine: Machine, hasDefaultNetwork = true): Promise<void> {
  const { image } = machine
  const isEssex = !image.kernelAtLeast('3.5')
  const hasNic = image.family === 'redhat'
  const agent = new Agent('libvirtd', machine, image.family === 'redhat' ? ['/usr/sbin/libvirtd'] : ['/usr/sbin/libvirtd', '-d'])
  if (!hasDefaultNetwork) return
  await agent.enqueue('libvirtd starts its default network', 'default', async () => {
    const options = { standsFor: 'libvirt starts the network "default"' }
    await agent.run(['brctl', 'addbr', 'virbr0'], options)
    await agent.run(['brctl', 'stp', 'virbr0', 'on'], options)
    if (hasNic) await addNic(agent, options)
    await agent.run(['ip', 'addr', 'add', '192.168.122.1/24', 'brd', '+', 'dev', 'virbr0'], options)
    await agent.run(['ip', 'link', 'set', 'virbr0', 'up'], options)
    for (const rule of isEssex ? ESSEX_RULES : LATER_RULES) await agent.run(['iptables', ...rule.split(' ')], options)
  })
}

/** A tap that is never up: it lends the bridge its MAC for good. */
async function addNic(agent: Agent, options: { readonly standsFor: string }): Promise<void> {
  const { sim, name } = agent.machine
  const bytes = sim.random.fork(`${name}/virbr0-nic`).uint32()
  const mac = [0x52, 0x54, 0x00, (bytes >>> 16) & 0xff, (bytes >>> 8) & 0xff, bytes & 0xff]
  await agent.run(['ip', 'tuntap', 'add', 'dev', 'virbr0-nic', 'mode', 'tap'], options)
  const text = mac.map((byte) => byte.toString(16).padStart(2, '0')).join(':')
  await agent.run(['ip', 'link', 'set', 'virbr0-nic', 'address', text], options)
  await agent.run(['brctl', 'addif', 'virbr0', 'virbr0-nic'], options)
}
