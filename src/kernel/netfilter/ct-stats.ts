import { Copied } from '../../sim/copied.js'
/** Counters as `conntrack -S` shows them. */
export class CtStats extends Copied {
  found = 0
  invalid = 0
  insert = 0
  insertFailed = 0
  drop = 0
  earlyDrop = 0
  error = 0
  searchRestart = 0
  clashResolve = 0
}
