// An answer that ended at another who has the asker's address: routers that stand on every host, with the same addresses on each.
import type { NetNamespace } from '../../kernel/netns.js'
import { ipOf } from '../frame-text.js'
import { inNetns, ipText } from '../lines.js'
import type { Evidence } from '../probe.js'
import type { Fault, Way } from '../way.js'
import { netnsText } from './world.js'

/** The same namespace on several hosts. */
const OF_ROUTERS =
  ' A distributed router has the same addresses on every host: what servers send through it comes back, but what it asks itself may be answered on another host.'

export function answerToTwin({ netns, world }: Evidence, reply: Way): Fault | null {
  const last = reply.hops.at(-1)
  const address = last === undefined ? undefined : ipOf(last.after)?.dst
  if (last === undefined || address === undefined || (last.node === netns.kernel.name && last.netns === netns.name)) return null
  const twin = [...(world.kernels.get(last.node)?.namespaces ?? [])].find(({ name }) => name === last.netns)
  if (twin === undefined || !has(netns, address) || !has(twin, address)) return null
  const isRouter = twin.name !== '' && twin.name === netns.name
  return {
    id: 'answer-to-twin',
    node: last.node,
    netns: last.netns,
    object: `${ipText(address)} of ${netnsText(twin)}`,
    why: `${netnsText(netns)} asked, but ${netnsText(twin)} has the address ${ipText(address)} too, and the answer ended there.${isRouter ? OF_ROUTERS : ''}`,
    command: inNetns(twin, 'ip addr'),
    likely: [],
  }
}

function has(netns: NetNamespace, address: number): boolean {
  return netns.devices.some((dev) => dev.addresses.some(({ local }) => local === address))
}
