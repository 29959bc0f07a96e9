// Where floating IPs are served, and whom it hurts when something is wrong there.
import { formatIpv4 } from '../../addr/ipv4.js'
import { deviceName, FLOATING_TABLE, fipNetns, pairName, routerNetns } from '../../cloud/neutron/names.js'
import { agentGatewayOn } from '../../doctor/dvr-hosts.js'
import { ruleWords } from '../../doctor/rule-words.js'
import type { FaultPlan } from '../fault.js'
import type { Mistake } from '../mistakes.js'
import { type FaultWorld, freshPing, ping, type VictimFloating } from '../world.js'

export function floating(
  world: FaultWorld,
  address: string | null,
): { victim: VictimFloating; from: { name: string; address: string }; netns: string } | string {
  const from = world.outsider()
  if (from === null) return 'nobody stands outside of this cloud'
  const victim = world.floating(address)
  if (typeof victim === 'string') return victim
  return { victim, from, netns: routerNetns(victim.router.id) }
}

export type Found = Exclude<ReturnType<typeof floating>, string>

/** From outside the server is not reached; it still reaches its own gateway. */
export function unreached(world: FaultWorld, { victim, from }: Found, mistake: Mistake): FaultPlan {
  return {
    target: victim.outside,
    symptom: ping(from.name, victim.outside, `${victim.outside} (${victim.server.name})`),
    control: freshPing(victim, world.gatewayOf(victim) ?? victim.address, 'its gateway'),
    ...mistake,
  }
}

export function distributed(world: FaultWorld, address: string | null): Found | string {
  const found = floating(world, address)
  if (typeof found === 'string') return found
  return found.victim.router.distributed ? found : 'its router is not distributed'
}

export function natRule({ victim, netns }: Found, chain: string, words: string): string | null {
  return victim.at.chain(netns, 'nat', chain)?.find((rule) => ruleWords(rule).includes(words)) ?? null
}

/** Found, with the fg- device of the host that serves it. */
export function withFg(world: FaultWorld, address: string | null): { found: Found; fg: string; netns: string } | string {
  const found = distributed(world, address)
  if (typeof found === 'string') return found
  const { row, at } = found.victim
  const port = agentGatewayOn(world.view!, row.networkId, at.machine.hostname)
  return port === null ? 'the host has no fip namespace' : { found, fg: deviceName('fg-', port.id), netns: fipNetns(row.networkId) }
}

/** The policy rule that sends the server to the fip namespace, as it is typed; null: there is none. */
export function floatingRule({ victim, netns }: Found): string | null {
  const rule = victim.at.policyRules(netns).find(({ src, table }) => table === FLOATING_TABLE && src?.address === victim.row.fixedIp)
  return rule === undefined ? null : `from ${victim.address} lookup ${FLOATING_TABLE} priority ${rule.preference}`
}

/** The fip namespace's route to the floating IP; null: the pair that it leads by has no address. */
export function routeBack({ victim }: Found): string | null {
  const fpr = pairName('fpr-', victim.router.id)
  const own = victim.at.device(fipNetns(victim.row.networkId), fpr)?.addresses[0]?.local
  return own === undefined ? null : `${victim.outside} via ${formatIpv4((own - 1) | 0)} dev ${fpr}`
}

/** What the neighbours outside remember would hide that nobody answers. */
export function forgetOutside(world: FaultWorld, { victim }: Found): { node: string; line: string }[] {
  return world.machines.flatMap((machine) => {
    const dev = machine.kernel.initNetns.devices.find(({ neighbours }) => neighbours.has(victim.row.address))
    return dev === undefined || machine.parent !== null
      ? []
      : [{ node: machine.name, line: `ip neigh flush to ${victim.outside} dev ${dev.name}` }]
  })
}
