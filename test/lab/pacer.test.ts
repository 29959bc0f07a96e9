// Virtual time follows a wall clock: one timer for the next due event, none when nothing is due.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Clockwork } from '../../src/lab/clockwork.js'
import { Pacer, type Speed } from '../../src/lab/pacer.js'
import { Scheduler } from '../../src/sim/scheduler.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function paced(): { scheduler: Scheduler; pacer: Pacer; speeds: Speed[]; pass: (ms: number) => Promise<void> } {
  const scheduler = new Scheduler()
  const speeds: Speed[] = []
  let wallMs = 1000
  const pacer = new Pacer(
    (speed) => speeds.push(speed),
    () => wallMs,
  )
  pacer.moveTo(new Clockwork(scheduler))
  const pass = async (ms: number): Promise<void> => {
    await pacer.idle()
    wallMs += ms
    await vi.advanceTimersByTimeAsync(ms)
    await pacer.idle()
  }
  return { scheduler, pacer, speeds, pass }
}

test('an event happens when its time has come on the wall', async () => {
  const { scheduler, pacer, pass } = paced()
  const happened: number[] = []
  scheduler.at(50_000, () => happened.push(scheduler.nowUs))
  pacer.start(1)
  await pass(49)
  expect(happened).toEqual([])
  await pass(1)
  expect(happened).toEqual([50_000])
})

test('ten times as fast, and standing still', async () => {
  const { scheduler, pacer, speeds, pass } = paced()
  pacer.start(10)
  await pass(100)
  pacer.catchUp()
  expect(scheduler.nowUs).toBe(1_000_000)
  pacer.stop()
  await pass(100)
  expect(scheduler.nowUs).toBe(1_000_000)
  expect(speeds).toEqual([10, 0])
})

test('nothing due, no timer', async () => {
  const { pacer } = paced()
  pacer.start(1)
  await pacer.idle()
  expect(vi.getTimerCount()).toBe(0)
})

test('time never jumps over an event that is due', async () => {
  const { scheduler, pacer } = paced()
  await pacer.idle()
  scheduler.at(500, () => {})
  pacer.start(100)
  expect(scheduler.nowUs).toBeLessThanOrEqual(500)
})
