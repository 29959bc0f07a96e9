// Where packets meet connection tracking: it looks at them early, and seals new connections late.
import { Copied } from '../../sim/copied.js'
import type { Conntrack } from './conntrack.js'
import { type HookFunction, type HookState, PRIORITY, type Verdict } from './hook-state.js'

export class TrackHook extends Copied implements HookFunction {
  readonly name = 'conntrack'
  readonly priority = PRIORITY.conntrack
  constructor(private readonly conntrack: Conntrack) {
    super()
  }
  run(state: HookState): Verdict {
    return this.conntrack.track(state)
  }
}

export class ConfirmHook extends Copied implements HookFunction {
  readonly name = 'confirm'
  readonly priority = PRIORITY.confirm
  constructor(private readonly conntrack: Conntrack) {
    super()
  }
  run(state: HookState): Verdict {
    return this.conntrack.confirm(state)
  }
}
