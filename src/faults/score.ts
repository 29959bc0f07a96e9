// How good an answer is: the place and the fault count apart.
import type { CatalogueFault, FaultPlan } from './fault.js'

export interface Answer {
  readonly node: string
  readonly fault: string
}

export interface Score {
  readonly points: number
  readonly of: number
  readonly text: string
}

/** The best that the answer gets for any of what is broken. */
export function scoreAnswer(broken: readonly { readonly fault: CatalogueFault; readonly plan: FaultPlan }[], answer: Answer): Score {
  const scores = broken.map(({ fault, plan }) => {
    const place = fault.id === 'healthy' || plan.place.node === answer.node
    return { place, cause: fault.id === answer.fault }
  })
  const best = scores.sort((a, b) => points(b) - points(a))[0]
  if (best === undefined) return { points: 0, of: 2, text: 'nothing was broken' }
  return { points: points(best), of: 2, text: sentence(best) }
}

function points({ place, cause }: { place: boolean; cause: boolean }): number {
  return (cause ? 1 : 0) + (place && cause ? 1 : place ? 0.5 : 0)
}

function sentence({ place, cause }: { place: boolean; cause: boolean }): string {
  if (place && cause) return 'right: the place and the fault'
  if (cause) return 'the fault is right, the node is not'
  return place ? 'the node is right, the fault is not' : 'neither the node nor the fault is right'
}
