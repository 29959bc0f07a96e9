// Names and ids the clients of a machine have seen, for completion (novaclient keeps such a cache too).
import type { Machine } from '../../../node/machine.js'
import type { Process } from '../../../node/process.js'
import type { JsonObject } from './python.js'

const seen = new WeakMap<Machine, Map<string, Set<string>>>()

/** `kind` is the API's word for one: `network`, `server`. */
export function learnNames(machine: Machine, kind: string, rows: readonly JsonObject[]): void {
  let kinds = seen.get(machine)
  if (kinds === undefined) {
    kinds = new Map()
    seen.set(machine, kinds)
  }
  const names = new Set<string>()
  for (const { id, name, floating_ip_address: address } of rows) {
    for (const word of [name, address, id]) if (typeof word === 'string' && word !== '') names.add(word)
  }
  kinds.set(kind, names)
}

export function namesFor(proc: Process, kind: string): string[] {
  return [...(seen.get(proc.machine)?.get(kind) ?? [])]
}
