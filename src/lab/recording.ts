// What people typed into one lab, with the places in its time: a journal in the making.
import type { Scenario } from '../scenario/scenario.js'
import { JOURNAL_VERSION, type Journal, type JournalEntry, type JournalInput, type JournalPlace, scenarioFingerprint } from './journal.js'

export class Recording {
  private taken: JournalEntry[] = []

  constructor(
    private readonly scenario: Scenario,
    private readonly seed: string,
    private readonly image: string | null,
  ) {}

  get entries(): readonly JournalEntry[] {
    return this.taken
  }

  add(input: JournalInput, place: JournalPlace): void {
    this.taken.push({ ...input, ...place })
  }

  clear(): void {
    this.taken = []
  }

  journal(end: JournalPlace): Journal {
    const { scenario, seed, image } = this
    const fingerprint = scenarioFingerprint(scenario)
    return { version: JOURNAL_VERSION, scenario: scenario.name, fingerprint, seed, image, entries: [...this.taken], end }
  }
}
