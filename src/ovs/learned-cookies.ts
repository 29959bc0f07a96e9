// learn(delete_learned): flows that were learned go when the last flow goes that teaches into their table with their cookie.
import { Copied } from '../sim/copied.js'
import type { LearnAction, OfAction } from './actions/action.js'

export class LearnedCookies extends Copied {
  /** How many flows teach, by table and cookie. */
  private readonly teachers = new Map<string, number>()

  add(actions: readonly OfAction[]): void {
    for (const learn of teachings(actions)) {
      const key = keyOf(learn)
      this.teachers.set(key, (this.teachers.get(key) ?? 0) + 1)
    }
  }

  /** Returns what nobody teaches any more. */
  remove(actions: readonly OfAction[]): readonly LearnAction[] {
    return teachings(actions).filter((learn) => {
      const key = keyOf(learn)
      const left = (this.teachers.get(key) ?? 0) - 1
      if (left > 0) this.teachers.set(key, left)
      else this.teachers.delete(key)
      return left === 0
    })
  }

  clear(): void {
    this.teachers.clear()
  }
}

function keyOf({ table, cookie }: LearnAction): string {
  return `${table} ${cookie}`
}

const NONE: readonly LearnAction[] = []

function teachings(actions: readonly OfAction[]): readonly LearnAction[] {
  let found = NONE
  for (const action of actions) {
    if (action.type === 'learn' && action.deleteLearned) found = [...found, action]
    else if (action.type === 'write_actions' || action.type === 'clone') found = [...found, ...teachings(action.actions)]
  }
  return found
}
