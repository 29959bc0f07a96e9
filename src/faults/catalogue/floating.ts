import { deviceName, fipNetns, routerNetns } from '../../cloud/neutron/names.js'
import { agentGatewayOn } from '../../doctor/dvr-hosts.js'
import { ruleWords } from '../../doctor/rule-words.js'
import type { FaultPlan } from '../fault.js'
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
export function unreached(
  world: FaultWorld,
  { victim, from }: Found,
  rest: Pick<FaultPlan, 'breaks' | 'place' | 'look' | 'fix'>,
): FaultPlan {
  return {
    target: victim.outside,
    symptom: ping(from.name, victim.outside, `${victim.outside} (${victim.server.name})`),
    control: freshPing(victim, world.gatewayOf(victim) ?? victim.address, 'its gateway'),
    ...rest,
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

export function fgOf(world: FaultWorld, { victim }: Found): { fg: string; netns: string } | null {
  const port = agentGatewayOn(world.view!, victim.row.networkId, victim.at.machine.hostname)
  return port === null ? null : { fg: deviceName('fg-', port.id), netns: fipNetns(victim.row.networkId) }
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
