import { expect, test } from 'vitest'
import { Clockwork } from '../../src/lab/clockwork.js'
import { Scheduler } from '../../src/sim/scheduler.js'

/** Something runnable that takes many microtasks to come to rest. */
async function chain(depth: number, done: () => void): Promise<void> {
  for (let i = 0; i < depth; i++) await Promise.resolve()
  done()
}

test.each([
  ['a timer', (work: () => void) => void setTimeout(work, 1)],
  ['an immediate', (work: () => void) => void setImmediate(work)],
  ['a next tick', (work: () => void) => process.nextTick(work)],
  ['a microtask', (work: () => void) => queueMicrotask(work)],
])('settling from the callback of %s waits until everything runnable has run', async (_, enter) => {
  const clockwork = new Clockwork(new Scheduler())
  const finished = await new Promise<boolean>((resolve) => {
    enter(() => {
      let isDone = false
      void chain(50, () => {
        isDone = true
      })
      void clockwork.settle().then(() => resolve(isDone))
    })
  })
  expect(finished).toBe(true)
})
