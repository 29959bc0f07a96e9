// A copy of a lab's packet world is a true one, and apart: what happens there changes nothing here, and the other way round.
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { type WorldCopy, worldRules } from '../../src/node/world-copy.js'
import { loadScenario } from '../../src/scenario/library.js'
import { difference, isOutside, nameOf, rootsOfCopy, rootsOfLab, walk } from './world-graph.js'
import { probe } from './world-probes.js'

const scenarios = join(dirname(fileURLToPath(import.meta.url)), '../../scenarios')
const NAMES = readdirSync(scenarios)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.replace(/\.yaml$/, ''))

const SOME = { pairs: 40, offset: 0 }

async function boot(name: string): Promise<Lab> {
  const lab = await Lab.boot(await loadScenario(join(scenarios, `${name}.yaml`)))
  if (name === 'flat-dhcp')
    await lab.run('controller-1', 'nova boot --image cirros --flavor 1 cirros > /dev/null; sleep 30; ping -c 3 10.0.0.2')
  return lab
}

function kernelsOf(lab: Lab): ReadonlyMap<string, Lab['nodes'][number]['machine']['kernel']> {
  return new Map(lab.nodes.map(({ name, machine }) => [name, machine.kernel]))
}

/** One lab for all: first what only looks at it, last what freezes what it shares with its copies. */
describe.each(NAMES)('%s', (name) => {
  let lab: Lab
  beforeAll(async () => {
    lab = await boot(name)
  }, 60_000)

  test('all objects of a class have the same fields; nothing from outside is in a copy', () => {
    const copy = lab.copyWorld()
    const odd = [...walk(rootsOfCopy(copy)).objects].filter(([object]) => isOutside(object)).map(([, path]) => path)
    for (const [object, path] of walk(rootsOfLab(lab)).objects) {
      const prototype = Object.getPrototypeOf(object) as object
      const plan = worldRules.fieldsOf(prototype)
      if (plan !== null && Object.keys(object).join() !== plan.join()) odd.push(`${path}: ${nameOf(object)} ${Object.keys(object).join()}`)
    }
    expect(odd).toEqual([])
  })

  test('packets in a copy change nothing in the lab, nor in another copy', () => {
    const copy = lab.copyWorld()
    const other = lab.copyWorld()
    const before = walk(rootsOfLab(lab)).lines
    const otherBefore = walk(rootsOfCopy(other)).lines
    probe(copy, SOME)
    expect(difference(before, walk(rootsOfLab(lab)).lines)).toEqual([])
    expect(difference(otherBefore, walk(rootsOfCopy(other)).lines)).toEqual([])
  })

  test('the same packets in the copy and in the lab: the same frames on every device at the same times', () => {
    const copy = lab.copyWorld()
    const there = probe(copy, SOME)
    // The second round meets what the first one has left: neighbours, connections, flows.
    const again = probe(copy, { ...SOME, offset: 7 })
    const here = probe({ sim: lab.sim, kernels: kernelsOf(lab) }, SOME)
    expect(difference(there, here)).toEqual([])
    expect(difference(again, probe({ sim: lab.sim, kernels: kernelsOf(lab) }, { ...SOME, offset: 7 }))).toEqual([])
    expect(there.length).toBeGreaterThanOrEqual(name === 'sandbox' ? 0 : 100)
  })

  test('what both share never changes', () => {
    const copy = lab.copyWorld()
    const shared = sharedBy(lab, copy)
    const bytes = new Map(shared.filter((each) => ArrayBuffer.isView(each)).map((each) => [each, (each as Uint8Array).join(' ')]))
    const tables = new Map(
      shared.filter((each) => each instanceof Map || each instanceof Set).map((each) => [each, [...(each as Set<unknown>)]]),
    )
    // Whoever writes to one of them now throws.
    for (const each of shared) if (!ArrayBuffer.isView(each)) Object.freeze(each)
    probe(copy, SOME)
    probe({ sim: lab.sim, kernels: kernelsOf(lab) }, SOME)
    for (const [each, text] of bytes) expect((each as Uint8Array).join(' ')).toBe(text)
    for (const [each, members] of tables) expect([...(each as Set<unknown>)]).toEqual(members)
  })
})

function sharedBy(lab: Lab, copy: WorldCopy): object[] {
  const originals = walk(rootsOfLab(lab)).objects
  return [...walk(rootsOfCopy(copy)).objects.keys()].filter((object) => originals.has(object))
}
