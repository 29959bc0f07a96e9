// All benchmarks in one process: ratios within one run are what counts, machines differ.
import type { Lab } from '../../src/lab/lab.js'
import { bootLab, bootTimes, copyTimes, flatDhcpWithVm, pingFlood } from './cloud.js'
import { dvrPath, dvrSlopes } from './dvr.js'
import { openflowTimes, traceTimes } from './openflow.js'
import { prototypeDvr } from './prototype-dvr.js'
import { realFlatDhcp } from './real-flat-dhcp.js'
import { realLegacyL3 } from './real-legacy-l3.js'
import { median, perSecond, row, section, type Timing } from './report.js'
import { residentMiB, startup } from './startup.js'

// The lab first: a prototype that ran before it would have taught the compiler other shapes of the same headers.
section('FlatDHCP: controller to VM, ping -f through three bridges and the security group')
await beside(realFlatDhcp(50_000, 5), await flatDhcpWithVm(), { node: 'controller-1', to: '10.0.0.2' }, 1)

section('Legacy L3 with GRE: VM to outside through the security group, br-int, br-tun, GRE, the router and SNAT')
await beside(realLegacyL3(10_000, 5), await bootLab('legacy-l3'), { node: 'vm1', to: '192.168.0.100' }, 5)

section('DVR floating IP: VM to sdata through the security group, br-int, qrouter, fip, br-ex and an upstream switch')
await dvrPath()
await dvrSlopes()

section('Open vSwitch: lookup with many flows, and the trace')
const sizes = [10, 1000, 10_000].map((flows) => ({ flows, times: openflowTimes(flows) }))
for (const { flows, times } of sizes) {
  row(`${flows} flows, packet unknown to the caches`, `${times.miss.microseconds.toFixed(2)} us`, ratio(times.miss, sizes[0]!.times.miss))
  row(
    `${flows} flows, lookup of a known one`,
    `${(times.lookup.microseconds * 1000).toFixed(0)} ns`,
    ratio(times.lookup, sizes[0]!.times.lookup),
  )
  row(`${flows} flows, known packet from port to port`, `${(times.packet.microseconds * 1000).toFixed(0)} ns`)
}
row('ofproto/trace through 20 tables', `${traceTimes().microseconds.toFixed(0)} us`)

section('Frame representation: prototype of the DVR path')
const prototype = prototypeDvr()
row('round trips, nothing attached', perSecond(prototype.quiet), `${prototype.quiet.microseconds.toFixed(2)} us`)
row(
  'round trips, every step kept',
  perSecond(prototype.traced),
  `${(prototype.traced.microseconds / prototype.quiet.microseconds).toFixed(2)} times the time`,
)

section('Starting')
for (const [scenario, target] of [
  ['flat-dhcp', 50],
  ['legacy-l3', 100],
  ['legacy-l3-vxlan', 100],
  ['dvr-fip', 100],
] as const) {
  const boot = await bootTimes(scenario, 9)
  row(
    `boot of ${scenario} from its YAML file, median`,
    `${boot.medianMs.toFixed(1)} ms`,
    `first in a process ${boot.firstMs.toFixed(1)} ms; target: under ${target} ms`,
  )
}
// After the floods: twins that packets have passed have other shapes, which the compiler then knows, too.
for (const scenario of ['dvr-fip', 'legacy-l3-vxlan']) {
  const copy = await copyTimes(scenario, 50)
  row(
    `copy of ${scenario} for a probe, median`,
    `${copy.medianMs.toFixed(1)} ms`,
    `first in a process ${copy.firstMs.toFixed(1)} ms; target: under 20 ms`,
  )
}
const times = await startup(9)
row('node -e 0', `${times.nodeMs.toFixed(0)} ms`)
row(
  'netlab exec on the sandbox',
  `${(times.plainMs / times.nodeMs).toFixed(2)} times`,
  `${times.plainMs.toFixed(0)} ms; target: at most 3 times`,
)
row('netlab exec in the FlatDHCP cloud', `${(times.cloudMs / times.nodeMs).toFixed(2)} times`, `${times.cloudMs.toFixed(0)} ms`)
row(
  'first complete frame of the screen',
  `${(times.frameMs / times.nodeMs).toFixed(2)} times`,
  `${times.frameMs.toFixed(0)} ms; target: at most 5 times`,
)
row('peak resident memory, lab open, VM booted', `${(await residentMiB()).toFixed(0)} MiB`, 'target: under 150 MiB')
process.exit(0)

/** Target: 10,000 flows at most 2.5 times 10. */
function ratio(one: Timing, base: Timing): string {
  return `${(one.microseconds / base.microseconds).toFixed(2)} times 10 flows`
}

/** The same flood in netlab and in real namespaces, one after the other in this run. */
async function beside(real: number[] | string, lab: Lab, from: { node: string; to: string }, target: number): Promise<void> {
  const ours = median(await pingFlood(lab, from, 50_000, 5))
  row('netlab, round trips', `${Math.round(ours).toLocaleString('en-US')}/s`, `${(1e6 / ours).toFixed(1)} us`)
  lab.close()
  if (typeof real === 'string') return row('real namespaces', 'not measured', real)
  const theirs = median(real)
  row('real namespaces', `${Math.round(theirs).toLocaleString('en-US')}/s`, `${(1e6 / theirs).toFixed(1)} us`)
  row('netlab / real', (ours / theirs).toFixed(2), `target: at least ${target}`)
}
