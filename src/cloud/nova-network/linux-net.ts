// What nova (Essex) does to a Linux node's bridges, addresses and rules: nova/network/linux_net.py in our words.
import type { Ipv4Address, Ipv4Prefix } from '../../addr/ipv4.js'
import { broadcastOf, formatIpv4, formatPrefix } from '../../addr/ipv4.js'
import type { Agent } from '../agent.js'
import type { IptablesManager } from '../iptables-manager.js'

/**
 * The flat bridge with the flat interface in it. The bridge's MAC is random until the interface joins, and its IPv6
 * link-local address stays made from that first MAC.
 *
 * Postcondition: FORWARD accepts (gateway) or drops what passes the bridge, in the agent's rule book, not applied yet.
 */
export async function ensureBridge(agent: Agent, manager: IptablesManager, bridge: string, device: string): Promise<void> {
  if (!(await deviceExists(agent, bridge))) {
    await agent.run(['brctl', 'addbr', bridge])
    await agent.run(['brctl', 'setfd', bridge, '0'])
    await agent.run(['brctl', 'stp', bridge, 'off'])
    await agent.run(['ip', 'link', 'set', bridge, 'up'])
  }
  const joined = await agent.run(['brctl', 'addif', bridge, device], { mayFail: true })
  if (joined.exitCode === 0) await moveAddresses(agent, device, bridge)
  for (const text of [`-i ${bridge} -j ACCEPT`, `-o ${bridge} -j ACCEPT`]) {
    if (!manager.filter.has('FORWARD', text)) manager.filter.addRule('FORWARD', text)
  }
}

async function deviceExists(agent: Agent, device: string): Promise<boolean> {
  const { exitCode } = await agent.run(['ip', 'link', 'show', 'dev', device], { mayFail: true })
  return exitCode === 0
}

/** Global IPv4 addresses of the interface, and the default route over it, go to the bridge. */
async function moveAddresses(agent: Agent, device: string, bridge: string): Promise<void> {
  const routes = await agent.run(['ip', 'route', 'show', 'dev', device])
  const gateway = /^default via (\S+)/m.exec(routes.stdout)?.[1]
  if (gateway !== undefined) await agent.run(['ip', 'route', 'del', 'default', 'dev', device])
  for (const words of await globalAddresses(agent, device)) {
    await agent.run(['ip', 'addr', 'del', ...words, 'dev', device])
    await agent.run(['ip', 'addr', 'add', ...words, 'dev', bridge])
  }
  if (gateway !== undefined) await agent.run(['ip', 'route', 'add', 'default', 'via', gateway])
}

/** Words of each address as `ip addr show` prints them: `10.0.0.1/24 brd 10.0.0.255 scope global`. */
async function globalAddresses(agent: Agent, device: string): Promise<string[][]> {
  const { stdout } = await agent.run(['ip', 'addr', 'show', 'dev', device, 'scope', 'global'])
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words[0] === 'inet')
    .map((words) => words.slice(1, words.indexOf('scope') + 2))
}

/** The DHCP server's address must be the first on the bridge; others are moved behind it. */
export async function ensureGatewayAddress(agent: Agent, bridge: string, address: Ipv4Prefix): Promise<void> {
  const wanted = [formatPrefix(address), 'brd', formatIpv4(broadcastOf(address))]
  const present = await globalAddresses(agent, bridge)
  if (present[0]?.[0] === wanted[0]) return
  for (const words of present) await agent.run(['ip', 'addr', 'del', ...words.slice(0, 1), 'dev', bridge])
  await agent.run(['ip', 'addr', 'add', ...wanted, 'dev', bridge])
  for (const words of present) if (words[0] !== wanted[0]) await agent.run(['ip', 'addr', 'add', ...words, 'dev', bridge])
}

/** Rules of a floating IP, in the order in which nova adds them: [chain, text]. */
export function floatingRules(floating: Ipv4Address, fixed: Ipv4Address): [string, string][] {
  const outside = formatIpv4(floating)
  const inside = formatIpv4(fixed)
  return [
    ['PREROUTING', `-d ${outside}/32 -j DNAT --to-destination ${inside}`],
    ['OUTPUT', `-d ${outside}/32 -j DNAT --to-destination ${inside}`],
    ['float-snat', `-s ${inside}/32 -j SNAT --to-source ${outside}`],
  ]
}
