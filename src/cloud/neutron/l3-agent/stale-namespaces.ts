// What an agent before this one left of routers that are not here any more: looked for once, when the agent starts.
import { AgentError } from '../../agent.js'
import type { MetadataProxy } from '../metadata/proxy-process.js'
import { routerNetns } from '../names.js'
import { Namespace } from '../namespace.js'
import type { RouterInfo } from '../rpc.js'
import { FipNamespace } from './fip-namespace.js'
import { PluggedPorts } from './plugged-ports.js'
import type { RouterHost } from './router-host.js'
import { SnatNamespace } from './snat-namespace.js'

const NAME = /^(qrouter|snat|fip)-(.+)$/

/** `routers`: all that are here. `existing`: the namespaces before they were asked for. */
export async function removeStale(
  host: RouterHost,
  proxy: MetadataProxy,
  routers: readonly RouterInfo[],
  existing: readonly string[],
): Promise<void> {
  const kept = new Set(
    routers.flatMap(({ id, distributed, gateway }) => [id, ...(distributed && gateway !== null ? [gateway.networkId] : [])]),
  )
  for (const name of existing) {
    const [, kind, id] = NAME.exec(name) ?? []
    if (kind === undefined || id === undefined) continue
    const isOld = !kept.has(id) || (kind === 'snat' && hasNoGateway(routers, id))
    if (isOld) await remove(host, proxy, kind, id)
  }
}

function hasNoGateway(routers: readonly RouterInfo[], id: string): boolean {
  return routers.some((router) => router.id === id && router.distributed && router.gateway === null)
}

async function remove(host: RouterHost, proxy: MetadataProxy, kind: string, id: string): Promise<void> {
  try {
    if (kind === 'fip') await new FipNamespace(id, host).delete()
    else if (kind === 'snat') await new SnatNamespace(id, host).delete()
    else await removeRouter(host, proxy, id)
  } catch (error) {
    if (!(error instanceof AgentError)) throw error
    host.agent.tell(() => `Failed to destroy stale namespace ${kind}-${id}`)
  }
}

async function removeRouter(host: RouterHost, proxy: MetadataProxy, id: string): Promise<void> {
  const namespace = new Namespace(routerNetns(id), host.agent, host.context.profile.l3.netlink)
  await proxy.stop(namespace, id)
  const devices = await new PluggedPorts(namespace, host, 'qr-').sweep([])
  await new PluggedPorts(namespace, host, 'qg-').sweep([], devices)
  for (const device of devices) if (device.startsWith('rfp-')) await namespace.link(['ip', 'link', 'del', device], { mayFail: true })
  await namespace.delete()
}
