// Beside the ten: the ways of the older clouds against the kernel and a real Open vSwitch, and what headers that never change cost.
import type { Lab } from '../../src/lab/lab.js'
import { bootLab, flatDhcpWithVm, pingFlood } from './cloud.js'
import { prototypeDvr } from './prototype-dvr.js'
import { openFlatDhcp } from './real-flat-dhcp.js'
import { RealFlood } from './real-flood.js'
import { openLegacyL3 } from './real-legacy-l3.js'
import { type Benchmark, type Figure, inTurns, median, ratios, spread } from './report.js'

const ROUNDS = 7
const COUNT = 10_000

export const otherClouds: Benchmark = { name: 'other-clouds', run }

interface Way {
  readonly what: string
  readonly lab: Lab
  readonly from: { readonly node: string; readonly to: string }
  readonly real: RealFlood | string
  readonly atLeast: number
}

async function run(): Promise<Figure[]> {
  // The labs first: a prototype that ran before them would have taught the compiler other shapes of the same headers.
  const flat = await beside({
    what: 'FlatDHCP: controller to server, through three bridges and the security group',
    lab: await flatDhcpWithVm(),
    from: { node: 'controller-1', to: '10.0.0.2' },
    real: openFlatDhcp(),
    atLeast: 1,
  })
  const legacy = await beside({
    what: 'legacy L3 with GRE: server to outside, real side with Open vSwitch in userspace',
    lab: await bootLab('legacy-l3'),
    from: { node: 'vm1', to: '192.168.0.100' },
    real: openLegacyL3(),
    atLeast: 5,
  })
  const { quiet, traced } = prototypeDvr()
  const times = traced.microseconds / quiet.microseconds
  return [
    flat,
    legacy,
    {
      what: 'prototype of the DVR way: headers and switches alone, every step kept over nothing kept',
      beside: `nothing kept ${quiet.microseconds.toFixed(2)} us`,
      target: '',
      measured: times.toFixed(2),
      met: null,
    },
  ]
}

async function beside({ what, lab, from, real, atLeast }: Way): Promise<Figure> {
  try {
    const us = await inTurns(
      ROUNDS,
      {
        ours: async () => 1e6 / (await pingFlood(lab, from, COUNT)),
        real: () => (real instanceof RealFlood ? 1e6 / real.mustRound(COUNT) : Number.NaN),
      },
      2,
    )
    const times = ratios(us.real, us.ours)
    return {
      what: `${what}, ${spread(us.ours)} us: times as fast`,
      beside: typeof real === 'string' ? `not measured: ${real}` : `real namespaces ${spread(us.real)} us`,
      target: `>= ${atLeast}`,
      measured: typeof real === 'string' ? '' : spread(times),
      met: typeof real === 'string' ? null : median(times) >= atLeast,
    }
  } finally {
    if (real instanceof RealFlood) real.close()
    lab.close()
  }
}
