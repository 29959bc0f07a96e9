// No packet is lost without a reason: made + cloned = delivered + held + dropped, on random topologies under random traffic.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BridgeDevice } from '../../src/kernel/dev/bridge.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import type { NetNamespace } from '../../src/kernel/netns.js'
import { address, link, newKernel, ping, run } from './lab.js'

type Action =
  | { kind: 'ping'; from: number; to: number; size: number; ttl: number }
  | { kind: 'updown'; node: number; up: boolean }
  | { kind: 'forward'; node: number; on: boolean }
  | { kind: 'mtu'; node: number; mtu: number }
  | { kind: 'flush'; node: number }
  | { kind: 'kill'; node: number }
  | { kind: 'wait'; seconds: number }

const NODES = 5
const node = fc.integer({ min: 0, max: NODES - 1 })
const anAction: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('ping' as const),
      from: node,
      to: node,
      size: fc.constantFrom(0, 56, 1472, 3000),
      ttl: fc.constantFrom(1, 2, 64),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('updown' as const), node, up: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forward' as const), node, on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mtu' as const), node, mtu: fc.constantFrom(600, 1280, 1500) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const), node }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const), node }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(0.001, 0.5, 2, 40) }) },
)

/** Each node hangs on a bridge, and on the next node by an own link; routes point around the ring. */
function build(kernel: Kernel): NetNamespace[] {
  const host = kernel.initNetns
  const bridge = new BridgeDevice(host, 'br0', 0x020000000001)
  host.addDevice(bridge)
  bridge.setUp()
  const nodes = Array.from({ length: NODES }, (_, i) => kernel.createNetns(`n${i}`))
  nodes.forEach((netns, i) => {
    netns.loopback.setUp()
    const [, port] = link(netns, 'eth0', `10.0.0.${i + 1}/24`, host, `p${i}`, null)
    bridge.addPort(port)
    const next = nodes[(i + 1) % NODES]!
    link(netns, 'right', `10.1.${i}.1/24`, next, 'left', `10.1.${i}.2/24`)
    netns.sysctl.write('net.ipv4.ip_forward', '1')
    netns.fib.addQuietly({ dst: 0x0a020000, length: 16, nexthops: [{ dev: netns.deviceByName('right'), via: 0x0a010002 + (i << 8) }] })
  })
  address(bridge, '10.0.0.254/24')
  return nodes
}

function act(kernel: Kernel, nodes: NetNamespace[], action: Action): void {
  const at = (i: number): NetNamespace => nodes[i]!
  switch (action.kind) {
    case 'ping': {
      const dst = action.from === action.to ? '10.2.0.1' : `10.0.0.${action.to + 1}`
      if (at(action.from).isAlive) ping(at(action.from), dst, { size: action.size, ttl: action.ttl })
      return
    }
    case 'updown': {
      const dev = at(action.node).deviceByName('eth0')
      if (action.up) dev?.setUp()
      else dev?.setDown()
      return
    }
    case 'forward':
      return at(action.node).sysctl.write('net.ipv4.ip_forward', action.on ? '1' : '0')
    case 'mtu':
      return at(action.node).deviceByName('right')?.setMtu(action.mtu)
    case 'flush':
      for (const dev of at(action.node).devices) at(action.node).neigh.flushDevice(dev, 'all')
      return
    case 'kill':
      return kernel.destroyNetns(at(action.node))
    case 'wait':
      return run(kernel, action.seconds)
  }
}

test('packets are conserved', () => {
  fc.assert(
    fc.property(fc.array(anAction, { maxLength: 40 }), (actions) => {
      const kernel = newKernel()
      const nodes = build(kernel)
      for (const action of actions) {
        act(kernel, nodes, action)
        const { ledger } = kernel.sim
        expect(ledger.made + ledger.cloned).toBe(ledger.delivered + ledger.held + ledger.droppedTotal)
      }
      run(kernel, 60)
      expect(kernel.sim.ledger.held).toBe(0)
    }),
    { numRuns: 60 },
  )
})

test('the same seed gives the same lab, to the last counter', () => {
  const play = (): string => {
    const kernel = newKernel(7)
    const nodes = build(kernel)
    for (let i = 0; i < NODES; i++) ping(nodes[i]!, '10.0.0.3')
    run(kernel, 30)
    const { ledger } = kernel.sim
    return JSON.stringify([
      ledger.made,
      ledger.delivered,
      [...ledger.dropped],
      nodes.map((netns) => netns.devices.map((dev) => [dev.mac, dev.stats.rxBytes])),
    ])
  }
  expect(play()).toBe(play())
})
