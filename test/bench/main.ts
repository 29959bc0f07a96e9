// All benchmarks in one process: ratios within one run are what counts, machines differ.
import { bootFlatDhcp, labWithVm, pingFlatDhcp } from './flat-dhcp.js'
import { prototypeDvr } from './prototype-dvr.js'
import { realFlatDhcp } from './real-flat-dhcp.js'
import { median, perSecond, row, section } from './report.js'
import { residentMiB, startup } from './startup.js'

// The lab first: a prototype that ran before it would have taught the compiler other shapes of the same headers.
section('FlatDHCP: controller to VM, ping -f through three bridges and the security group')
const real = realFlatDhcp(50_000, 5)
const lab = await labWithVm()
const ours = median(await pingFlatDhcp(lab, 50_000, 5))
row('netlab, round trips', `${Math.round(ours).toLocaleString('en-US')}/s`, `${(1e6 / ours).toFixed(1)} us`)
if (typeof real === 'string') row('kernel', 'not measured', real)
else {
  const theirs = median(real)
  row('kernel, real namespaces', `${Math.round(theirs).toLocaleString('en-US')}/s`, `${(1e6 / theirs).toFixed(1)} us`)
  row('netlab / kernel', (ours / theirs).toFixed(2), 'target: at least 1')
}

section('Frame representation: prototype of the DVR path')
const prototype = prototypeDvr()
row('round trips, nothing attached', perSecond(prototype.quiet), `${prototype.quiet.microseconds.toFixed(2)} us`)
row(
  'round trips, every step kept',
  perSecond(prototype.traced),
  `${(prototype.traced.microseconds / prototype.quiet.microseconds).toFixed(2)} times the time`,
)

section('Starting')
const boot = await bootFlatDhcp(9)
row(
  'boot of flat-dhcp from its YAML file, median',
  `${boot.medianMs.toFixed(1)} ms`,
  `first in a process ${boot.firstMs.toFixed(1)} ms; target: under 50 ms`,
)
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
