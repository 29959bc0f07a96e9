// Each fault of the catalogue that fits a lab, proved there: well before, its symptom after, what stays well, healed by its fix.
import { beforeAll, expect, test } from 'vitest'
import { examine } from '../../src/doctor/examine.js'
import { isMissing } from '../../src/doctor/item.js'
import { FAULTS } from '../../src/faults/catalogue.js'
import type { CatalogueFault, FaultPlan, TypedLine } from '../../src/faults/fault.js'
import { FaultWorld } from '../../src/faults/world.js'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

export function planOf(lab: Lab, fault: CatalogueFault, target: string | null = null): FaultPlan | string {
  return fault.plan(new FaultWorld(lab.nodes.map(({ machine }) => machine)), target)
}

export function fitting(lab: Lab): CatalogueFault[] {
  return FAULTS.filter((fault) => typeof planOf(lab, fault) !== 'string')
}

export async function typed(lab: Lab, lines: readonly TypedLine[]): Promise<void> {
  for (const { node, line } of lines) {
    const { stderr, stdout, exitCode } = await lab.run(node, line)
    expect(exitCode, `${node}$ ${line}\n${stdout}${stderr}`).toBe(0)
  }
}

/** What doctor misses, by what it wants. */
export function missing(lab: Lab): string[] {
  const items = examine(lab.nodes.map(({ machine }) => machine)) ?? []
  return items.filter(isMissing).map(({ node, wanted, found }) => `${node}: ${wanted} (${found})`)
}

async function isWell(lab: Lab, { node, line }: TypedLine): Promise<boolean> {
  return (await lab.run(node, line, { stepLimitSeconds: 60 })).exitCode === 0
}

export interface Proof {
  readonly doctor: readonly string[]
}

export async function prove(lab: Lab, fault: CatalogueFault, seenByDoctor: boolean): Promise<Proof> {
  const plan = planOf(lab, fault)
  if (typeof plan === 'string') throw new Error(`${fault.id}: ${plan}`)
  const base = missing(lab)
  expect(await isWell(lab, plan.symptom), `before: ${plan.symptom.what}`).toBe(true)
  expect(await isWell(lab, plan.control), `before: ${plan.control.what}`).toBe(true)
  await typed(lab, plan.breaks)
  const found = missing(lab).filter((text) => !base.includes(text))
  const isBroken = !(await isWell(lab, plan.symptom))
  const isControlled = await isWell(lab, plan.control)
  await typed(lab, plan.fix)
  const isHealed = await isWell(lab, plan.symptom)
  expect(isBroken, `the symptom: not ${plan.symptom.what}`).toBe(plan.breaks.length > 0)
  expect(isControlled, `the control: ${plan.control.what}`).toBe(true)
  expect(isHealed, `healed: ${plan.symptom.what}`).toBe(true)
  if (seenByDoctor) expect(found.length, `doctor finds ${fault.id}`).toBeGreaterThan(0)
  expect(missing(lab), `doctor after the fix of ${fault.id}`).toEqual(base)
  return { doctor: found }
}

/** A test for each fault, on one lab of the scenario; those that do not fit are left out, see `fitting`. */
export function proveCatalogue(scenario: string, prepare?: { readonly node: string; readonly line: string }): () => Lab {
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.boot(await loadScenario(`scenarios/${scenario}.yaml`))
    if (prepare !== undefined) await lab.run(prepare.node, prepare.line)
  }, 60_000)
  test.each(FAULTS.map((fault) => [fault.id, fault] as const))('%s', async (_id, fault) => {
    if (typeof planOf(lab, fault) !== 'string') await prove(lab, fault, fault.id !== 'healthy')
  })
  return () => lab
}
