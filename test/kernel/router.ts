// client 10.0.1.2 -- 10.0.1.1 router 10.0.2.1 -- 10.0.2.2 server, each a namespace of one machine.

import type { VethDevice } from '../../src/kernel/dev/veth.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import type { NetNamespace } from '../../src/kernel/netns.js'
import { ip, link, newKernel } from './lab.js'

export interface RouterLab {
  kernel: Kernel
  client: NetNamespace
  router: NetNamespace
  server: NetNamespace
  /** Client's, router's two, server's device. */
  c: VethDevice
  r0: VethDevice
  r1: VethDevice
  s: VethDevice
}

export function routerLab(): RouterLab {
  const kernel = newKernel()
  const client = kernel.createNetns('client')
  const router = kernel.createNetns('router')
  const server = kernel.createNetns('server')
  for (const netns of [client, router, server]) netns.loopback.setUp()
  const [c, r0] = link(client, 'eth0', '10.0.1.2/24', router, 'eth0', '10.0.1.1/24')
  const [r1, s] = link(router, 'eth1', '10.0.2.1/24', server, 'eth0', '10.0.2.2/24')
  client.fib.add({ dst: 0, length: 0, nexthops: [{ dev: null, via: ip('10.0.1.1') }] }, 'add')
  server.fib.add({ dst: 0, length: 0, nexthops: [{ dev: null, via: ip('10.0.2.1') }] }, 'add')
  router.sysctl.write('net.ipv4.ip_forward', '1')
  return { kernel, client, router, server, c, r0, r1, s }
}
