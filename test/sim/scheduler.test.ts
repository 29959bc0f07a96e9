// Order of events, whatever is cancelled in between; and that what is cancelled is let go.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Scheduler, type Timer } from '../../src/sim/scheduler.js'

describe('the scheduler', () => {
  it('runs what is left in order of time, then of making', () => {
    const steps = fc.array(fc.record({ at: fc.integer({ min: 0, max: 50 }), cancels: fc.option(fc.nat(5000)) }), { maxLength: 60 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 40 }), (made, filler) => {
        const scheduler = new Scheduler()
        const timers: Timer[] = []
        const expected: ({ at: number; name: number } | null)[] = []
        const ran: number[] = []
        const add = (at: number): void => {
          const name = timers.length
          timers.push(scheduler.at(at, () => ran.push(name)))
          expected.push({ at, name })
        }
        for (const { at, cancels } of made) {
          // Enough that the heap is swept in between.
          for (let i = 0; i < filler; i++) scheduler.at(1000 + i, () => undefined).cancel()
          add(at)
          if (cancels === null) continue
          timers[cancels % timers.length]!.cancel()
          expected[cancels % timers.length] = null
        }
        scheduler.runUntil(2000)
        const left = expected.filter((each) => each !== null).sort((a, b) => a.at - b.at || a.name - b.name)
        expect(ran).toEqual(left.map(({ name }) => name))
      }),
      { numRuns: 40 },
    )
  })

  it('does not keep timeouts that were never needed until their time', () => {
    const scheduler = new Scheduler()
    for (let i = 0; i < 20_000; i++) scheduler.after(900e6, () => undefined).cancel()
    expect((scheduler as unknown as { heap: unknown[] }).heap.length).toBeLessThanOrEqual(1024)
    expect(scheduler.nextAtUs()).toBe(null)
  })
})
