// What a room of the fuzz run is: it makes cases from seeds, gives them to netlab, and says what was wrong.
import type { Chance } from './chance.js'

export interface Room {
  readonly name: string
  /** What is fed to what: one line for the list and the results. */
  readonly about: string
  /** Cases that share one lab; then it is closed, memory is looked at, and the next is opened. */
  readonly batch: number
  open(site: Site): Promise<OpenRoom>
}

export interface Site {
  /** Of this batch. */
  readonly seed: string
  /** Writes down what is about to be fed, so that a case that never returns can be told. */
  note(text: string): void
}

export interface OpenRoom {
  /** One case. What was wrong, a text each; empty when all is well. Whatever it throws is a finding as well. */
  run(chance: Chance): Promise<string[]>
  /** What can only be looked at in the end. */
  close(): Promise<string[]>
}
