// predict: the learner says what a packet will do before it is sent; the packet's trace on a copy of the lab says who is right.
import { fits, type Outcome, type Predict } from './check.js'
import { judgeHolds } from './holds.js'
import type { LabReader, PacketStory } from './lab-reader.js'

/** The choice that came true, or null when none fits: then the lesson is wrong, which `validate` shows. */
export async function truthOf(spec: Predict, lab: LabReader): Promise<{ choice: string | null; story: PacketStory }> {
  const { story, seen } = await lab.follow(spec.node, spec.run, (after) => leaving(spec.outcomes, after))
  const outcome = spec.outcomes.find((candidate) => seen.includes(candidate) && cameTrue(candidate, story))
  return { choice: outcome?.choice ?? null, story }
}

/** The outcomes that say of the lab what is true of it. */
async function leaving(outcomes: readonly Outcome[], after: LabReader): Promise<Outcome[]> {
  const left: Outcome[] = []
  for (const outcome of outcomes) {
    const verdicts = await Promise.all(outcome.leaves.map((rows) => judgeHolds(rows, after)))
    if (verdicts.every(({ met }) => met)) left.push(outcome)
  }
  return left
}

function cameTrue(outcome: Outcome, story: PacketStory): boolean {
  if (outcome.exit !== null && outcome.exit !== story.exitCode) return false
  if (outcome.drop !== null && !story.drops.has(outcome.drop)) return false
  if (!outcome.does.every((where) => story.steps().some((step) => fits(step, where)))) return false
  return outcome.passes.every((place) => story.places.has(place)) && outcome.avoids.every((place) => !story.places.has(place))
}
