// Small labs with a switch: hosts in namespaces behind ports of a bridge.
import type { FlowMod, OfBridge } from '../../src/ovs/bridge.js'
import { matchAll } from '../../src/ovs/match.js'
import type { PortSpec } from '../../src/ovs/ports.js'
import { VSwitch } from '../../src/ovs/vswitch.js'
import { address, link, newKernel } from '../kernel/lab.js'

export function switchLab(hosts: number, options: { failMode?: 'standalone' | 'secure'; netdev?: boolean; version?: string } = {}) {
  const kernel = newKernel()
  const host = kernel.initNetns
  const vswitch = new VSwitch(kernel, options.version ?? '3.1.0')
  const bridge = vswitch.addBridge({
    name: 'br0',
    datapathType: options.netdev === true ? 'netdev' : 'system',
    failMode: options.failMode ?? 'standalone',
  })
  bridge.local.conf6.disable_ipv6 = 1
  const ends = Array.from({ length: hosts }, (_, i) => {
    const netns = kernel.createNetns(`n${i + 1}`)
    const [dev, end] = link(netns, 'eth0', `10.0.0.${i + 1}/24`, host, `p${i + 1}`, null)
    const port = bridge.addPort({ name: `p${i + 1}`, kind: 'system' })
    return { netns, dev, end, port }
  })
  return { kernel, host, vswitch, bridge, ends }
}

/** An internal port in a namespace of its own, with an address. */
export function internalHost(bridge: OfBridge, name: string, cidr: string, spec: Partial<PortSpec> = {}) {
  const { kernel } = bridge.vswitch
  const port = bridge.addPort({ name, kind: 'internal', ...spec })
  const dev = port.dev!
  const netns = kernel.createNetns(name)
  kernel.initNetns.moveDevice(dev, netns)
  dev.conf6.disable_ipv6 = 1
  address(dev, cidr)
  dev.setUp()
  return { netns, dev, port }
}

const DEFAULTS: FlowMod = {
  command: 'add',
  table: 0,
  match: matchAll(),
  priority: 32768,
  cookie: 0n,
  cookieMatch: 0n,
  cookieMask: 0n,
  idleTimeout: 0,
  hardTimeout: 0,
  importance: 0,
  flags: {},
  actions: [],
  outPort: null,
  outGroup: null,
}

export function flowMod(bridge: OfBridge, mod: Partial<FlowMod>): void {
  bridge.flowMod({ ...DEFAULTS, ...mod })
}
