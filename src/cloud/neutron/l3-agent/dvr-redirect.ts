// What has no floating address is sent to the snat namespace, over the subnet it came from: a rule and a table for each internal address,
// both numbered by the address itself.
import { formatIpv4 } from '../../../addr/ipv4.js'
import type { Namespace } from '../namespace.js'
import type { RouterPort } from '../rpc.js'
import { addRule, customRules, deleteRoute, deleteRule, routesOf, setRoute } from './policy-routes.js'
import { cidrText } from './router-rules.js'

export interface Redirect {
  readonly device: string
  readonly port: RouterPort
  /** The port of the snat namespace on the same subnet. */
  readonly snat: RouterPort
}

export async function addRedirect(namespace: Namespace, redirect: Redirect): Promise<void> {
  const { device } = redirect
  for (const { from, number, via } of waysOf(redirect)) {
    if (routesOf(namespace, device, number).some((route) => route.via === via)) continue
    await setRoute(namespace, { to: 'default', via, device, table: number })
    await addRule(namespace, { from, table: number, priority: number })
    await namespace.exec(['sysctl', '-w', `net.ipv4.conf.${device}.send_redirects=0`])
  }
}

export async function removeRedirect(namespace: Namespace, redirect: Redirect): Promise<void> {
  const { device } = redirect
  for (const { from, number, via } of waysOf(redirect)) {
    if (await namespace.hasDevice(device)) await deleteRoute(namespace, { to: 'default', via, device, table: number })
    await deleteRule(namespace, { from, table: number, priority: number })
  }
}

function waysOf({ port, snat }: Redirect): { from: string; number: number; via: string }[] {
  return port.addresses.flatMap(({ address, cidr }) =>
    snat.addresses.map((end) => ({ from: cidrText(address, cidr.length), number: address >>> 0, via: formatIpv4(end.address) })),
  )
}

/** A router without gateway has no policy rules at all. */
export async function removeAllRules(namespace: Namespace, device: string): Promise<void> {
  for (const rule of customRules(namespace)) {
    await deleteRule(namespace, rule)
    for (const route of routesOf(namespace, device, rule.table)) await deleteRoute(namespace, route)
  }
}
