// The hops of ways and what captures see at the same devices are one and the same.
import { expect, test } from 'vitest'
import { parseIpv4 } from '../../src/addr/ipv4.js'
import { frameText } from '../../src/explain/frame-text.js'
import { explainProbe } from '../../src/explain/probe.js'
import type { Way } from '../../src/explain/way.js'
import type { Lab } from '../../src/lab/lab.js'
import type { WorldCopy } from '../../src/node/world-copy.js'
import type { EthernetFrame } from '../../src/wire/ethernet.js'
import { boot } from './world.js'

/** `NODE NETNS DEVICE rx|tx FRAME` of every frame that a capture on any device takes. */
function captureAll(world: WorldCopy): string[] {
  const seen: string[] = []
  for (const kernel of world.kernels.values()) {
    for (const netns of kernel.namespaces) {
      for (const dev of netns.devicesByIndex.values()) {
        dev.taps.add({
          frame: (pkt, at, direction) => {
            if (isProbe(pkt.frame)) seen.push(line(kernel.name, netns.name, at.name, direction === 'in' ? 'rx' : 'tx', pkt.frame))
          },
        })
      }
    }
  }
  return seen
}

function line(node: string, netns: string, device: string, direction: string, frame: EthernetFrame): string {
  return [node, netns, device, direction, frame.src, frame.dst, frame.vlans.map(({ tci }) => tci), frameText(frame)].join(' ')
}

/** ICMP in the clear: outer packets of tunnels and questions for neighbours may be others'. */
function isProbe(frame: EthernetFrame): boolean {
  return / icmp echo /.test(frameText(frame))
}

function told(ways: readonly Way[]): string[] {
  return ways.flatMap((way) => [...ownSteps(way), ...told(way.branches)])
}

function ownSteps(way: Way): string[] {
  return way.hops.flatMap((hop) =>
    hop.steps
      .filter(({ kind, object, after }) => (kind === 'rx' || kind === 'tx') && object?.kind === 'device' && isProbe(after))
      .map((step) => line(hop.node, hop.netns, hop.place, step.kind, step.after)),
  )
}

const labs = new Map<string, Promise<Lab>>()

/** Probes run on copies: one lab is enough for all. */
function labOf(scenario: string): Promise<Lab> {
  let lab = labs.get(scenario)
  if (lab === undefined) labs.set(scenario, (lab = boot(scenario)))
  return lab
}

test.each([
  ['legacy-l3', 'vm1', '', '8.8.8.8'],
  ['legacy-l3', 'vm1', '', '10.10.20.7'],
  ['legacy-l3', 'external', '', '192.168.0.3'],
  ['legacy-l3-vxlan', 'vm1', '', '8.8.8.8'],
  ['dvr-fip', 'master-2', '', '100.121.0.75'],
  ['dvr-fip', 'sdata', '', '100.122.0.145'],
  ['dvr-fip', 'vm48', '', '100.121.0.75'],
])('%s: %s%s to %s', async (scenario, node, netns, to) => {
  const lab = await labOf(scenario)
  const world = lab.copyWorld()
  const seen = captureAll(world)
  const { ways } = explainProbe(world, { from: { node, netns }, to: parseIpv4(to)!, proto: 'icmp' })
  expect(told(ways).sort()).toEqual([...seen].sort())
  expect(seen.length).toBeGreaterThan(4)
})
