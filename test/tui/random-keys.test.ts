// A small seeded slice of `npm run hardness -- fuzz tui`, and what its long runs found.
import { expect, it } from 'vitest'
import { Chance } from '../hardness/fuzz/chance.js'
import { ScreenRun } from '../hardness/terminal/screen-run.js'

it.each([1, 2])('random keys leave the screen that a fresh one would show (seed %d)', async (seed) => {
  const before = process.env['NLAB_HOME']
  const run = new ScreenRun(new Chance(`slice ${seed}`), ['sandbox'])
  await run.run(48)
  if (before === undefined) delete process.env['NLAB_HOME']
  else process.env['NLAB_HOME'] = before
  expect(run.found).toEqual([])
})
