// The word `lab` in a node's shell: its subcommands, and how floors above hand in theirs (hint, check).
import type { Process } from '../node/process.js'
import type { Lab } from './lab.js'

export interface LabWord {
  readonly name: string
  readonly summary: string
  run(proc: Process, args: readonly string[], lab: Lab): number | Promise<number>
}
