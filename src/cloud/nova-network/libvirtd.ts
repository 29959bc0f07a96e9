// libvirt's own default network on a hypervisor: virbr0 and its rules, which OpenStack does not use but every `ip a` shows.
import type { Machine } from '../../node/machine.js'
import { Agent } from '../agent.js'

/** Rules in the order in which they end up in the chains. */
const RULES: readonly string[] = [
  '-A INPUT -i virbr0 -p udp -m udp --dport 53 -j ACCEPT',
  '-A INPUT -i virbr0 -p tcp -m tcp --dport 53 -j ACCEPT',
  '-A INPUT -i virbr0 -p udp -m udp --dport 67 -j ACCEPT',
  '-A INPUT -i virbr0 -p tcp -m tcp --dport 67 -j ACCEPT',
  '-A FORWARD -d 192.168.122.0/24 -o virbr0 -m state --state RELATED,ESTABLISHED -j ACCEPT',
  '-A FORWARD -s 192.168.122.0/24 -i virbr0 -j ACCEPT',
  '-A FORWARD -i virbr0 -o virbr0 -j ACCEPT',
  '-A FORWARD -o virbr0 -j REJECT --reject-with icmp-port-unreachable',
  '-A FORWARD -i virbr0 -j REJECT --reject-with icmp-port-unreachable',
]

export function startLibvirt(machine: Machine): Promise<void> {
  const agent = new Agent('libvirtd', machine, ['/usr/sbin/libvirtd', '-d'])
  return agent.enqueue('libvirtd starts its default network', 'default', async () => {
    const options = { standsFor: 'libvirt starts the network "default"' }
    await agent.run(['brctl', 'addbr', 'virbr0'], options)
    await agent.run(['brctl', 'stp', 'virbr0', 'on'], options)
    await agent.run(['ip', 'addr', 'add', '192.168.122.1/24', 'brd', '+', 'dev', 'virbr0'], options)
    await agent.run(['ip', 'link', 'set', 'virbr0', 'up'], options)
    for (const rule of RULES) await agent.run(['iptables', ...rule.split(' ')], options)
  })
}
