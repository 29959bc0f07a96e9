// A small seeded slice of each room of the fuzz run; `npm run hardness -- fuzz` has the whole.
import { expect, test } from 'vitest'
import { Chance } from './fuzz/chance.js'
import { findRoom, ROOM_NAMES } from './fuzz/rooms.js'
import { runCase } from './fuzz/worker.js'

/** Cases of a room: about half a second of the processor each. Rooms without are too slow for here. */
const CASES: Readonly<Record<string, number>> = { lines: 25, packets: 400, openflow: 40, shell: 15, firewall: 50, captures: 40, files: 12 }

test.each(ROOM_NAMES.filter((name) => CASES[name] !== undefined))('%s', async (name) => {
  const room = await findRoom(name)
  let input = ''
  const open = await room.open({ seed: 'slice/0', note: (text) => (input = text) })
  for (let index = 0; index < CASES[name]!; index++) {
    const found = await runCase(open, new Chance(`slice/0/${index}`))
    expect(found.map((text) => `${input}\n${text}`)).toEqual([])
  }
  expect(await open.close()).toEqual([])
})
