import { expect, test } from 'vitest'
import { DROP_REASONS, dropSentence } from '../../src/trace/drop-reason.js'
import { PacketTrace } from '../../src/trace/packet-trace.js'
import { EthernetFrame } from '../../src/wire/ethernet.js'
import { ping, run } from '../kernel/lab.js'
import { routerLab } from '../kernel/router.js'

const frame = new EthernetFrame({ dst: 1, src: 2, type: 0x800, payload: new Uint8Array(0) })

test('every drop reason has a sentence of its own', () => {
  const sentences = DROP_REASONS.map(dropSentence)
  expect(new Set(sentences).size).toBeGreaterThan(DROP_REASONS.length - 3)
  expect(sentences.every((sentence) => sentence.length > 10 && !sentence.endsWith('.'))).toBe(true)
})

test('a trace holds references, a clone hangs off its parent', () => {
  const clock = { nowUs: 5 }
  const trace = new PacketTrace(clock)
  trace.add('rx', { name: 'eth0' }, frame, null)
  const child = trace.child()
  clock.nowUs = 7
  child.add('drop', { name: 'eth1' }, frame, 'OTHERHOST')
  expect(trace.events.map((event) => [event.kind, event.atUs, event.where.name])).toEqual([['rx', 5, 'eth0']])
  expect([trace.dropReason, child.dropReason, child.parent === trace]).toEqual([null, 'OTHERHOST', true])
})

test('a traced packet tells its whole way through a router', () => {
  const lab = routerLab()
  ping(lab.client, '10.0.2.2')
  run(lab.kernel)
  const traces: PacketTrace[] = []
  lab.kernel.sim.tracer = () => {
    const trace = new PacketTrace(lab.kernel.sim.scheduler)
    traces.push(trace)
    return trace
  }
  ping(lab.client, '10.0.2.2')
  run(lab.kernel, 0.1)
  expect(traces[0]!.events.map((event) => `${event.kind} ${event.where.name}`)).toEqual([
    'route client',
    'neigh eth0',
    'tx eth0',
    'rx eth0',
    'route router',
    'action router',
    'neigh eth1',
    'tx eth1',
    'rx eth0',
    'route server',
    'deliver server',
  ])
})
