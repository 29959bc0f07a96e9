// An explanation as JSON with stable keys: no references, addresses as text.
import type { Explanation } from './probe.js'

export function explanationJson(_explanation: Explanation): unknown {
  throw new Error('explanationJson: being built')
}
