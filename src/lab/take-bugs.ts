import type { Machine } from '../node/machine.js'

/** What went wrong inside netlab while commands ran on the machine, with stacks; told once. */
export function takeBugs(machine: Machine): string[] {
  const told = machine.bugs.splice(0)
  return told.map(({ argv, error }) => `${machine.name}: ${argv.join(' ')}: ${error instanceof Error ? error.stack : String(error)}`)
}
