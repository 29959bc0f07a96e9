// Versions of Open vSwitch and of OpenFlow, where text depends on them.

/** Dotted numbers, '2.0.2'. */
export type OvsVersion = string

/** What a command or a message speaks. `1.0` includes the Nicira extensions. */
export type OpenFlowVersion = '1.0' | '1.1' | '1.2' | '1.3' | '1.4' | '1.5'

const split = new Map<string, readonly number[]>()

function numbersOf(version: string): readonly number[] {
  let numbers = split.get(version)
  if (numbers === undefined) {
    numbers = version.split('.').map((part) => Number.parseInt(part, 10) || 0)
    split.set(version, numbers)
  }
  return numbers
}

export function atLeast(version: string, wanted: string): boolean {
  const have = numbersOf(version)
  const need = numbersOf(wanted)
  for (let i = 0; i < need.length; i++) {
    const difference = (have[i] ?? 0) - need[i]!
    if (difference !== 0) return difference > 0
  }
  return true
}
