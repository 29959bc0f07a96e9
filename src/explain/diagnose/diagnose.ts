// Who is at fault when a probe was lost: the packet's own drop where that says it, else what its questions and answers met.
import type { Evidence } from '../probe.js'
import type { Fault } from '../way.js'

export function diagnose({ ways, verdict }: Evidence): Fault | null {
  if (verdict === 'answered' || verdict === 'delivered') return null
  for (const way of ways) if (way.end.kind === 'dropped') return way.end.fault
  return null
}
