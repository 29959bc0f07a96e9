// A session is its scenario, seed and inputs with their places in virtual time; replaying them gives the same lab again.
import type { Scenario } from '../scenario/scenario.js'
import { isJournal } from './journal-shape.js'

/** Of the journal's own form and of what the engine makes of inputs; raised when either changes what a replay gives. */
export const JOURNAL_VERSION = 1

/** An input's place: after so many events, at this virtual time. */
export interface JournalPlace {
  readonly step: number
  readonly atUs: number
}

export type JournalInput =
  | { readonly kind: 'run'; readonly node: string; readonly line: string; readonly limitUs: number }
  | {
      readonly kind: 'open'
      readonly shell: number
      readonly node: string
      readonly user: string | null
      readonly columns: number
      readonly rows: number
    }
  | { readonly kind: 'line'; readonly shell: number; readonly text: string }
  | { readonly kind: 'write'; readonly shell: number; readonly text: string }
  | { readonly kind: 'interrupt' | 'eof' | 'suspend' | 'close'; readonly shell: number }
  | { readonly kind: 'resize'; readonly shell: number; readonly columns: number; readonly rows: number }
  | { readonly kind: 'file'; readonly node: string; readonly path: string; readonly base64: string }

export type JournalEntry = JournalInput & JournalPlace

export interface Journal {
  readonly version: number
  readonly scenario: string
  readonly fingerprint: string
  readonly seed: string
  readonly image: string | null
  readonly entries: readonly JournalEntry[]
  /** Where the session stood when the journal was taken. */
  readonly end: JournalPlace
}

/** Why a journal cannot be replayed here; null when it can. */
export function journalMismatch(journal: Journal, scenario: Scenario): string | null {
  if (journal.version !== JOURNAL_VERSION)
    return `it was written by another version of netlab (journal ${journal.version}, this one reads ${JOURNAL_VERSION})`
  if (journal.scenario !== scenario.name) return `it belongs to scenario "${journal.scenario}", not to "${scenario.name}"`
  if (journal.fingerprint !== scenarioFingerprint(scenario)) return `the file of scenario "${scenario.name}" has changed since`
  return null
}

/** Changes with anything a scenario says. */
export function scenarioFingerprint(scenario: Scenario): string {
  const { file: _file, expect: _expect, ...rest } = scenario
  return hash(JSON.stringify(rest, (_key, value: unknown) => (value instanceof Map ? [...value] : value)))
}

/** Names a state: two journals of one id lead to the same lab. */
export function snapshotId(journal: Journal): string {
  return hash(
    JSON.stringify([journal.version, journal.scenario, journal.fingerprint, journal.seed, journal.image, journal.entries, journal.end]),
  )
}

export function journalText(journal: Journal): string {
  return `${JSON.stringify(journal)}\n`
}

/** What another version writes may look otherwise; it is refused by its number. */
function isOfOtherVersion(value: unknown): value is Journal {
  if (typeof value !== 'object' || value === null) return false
  const { version, entries, end } = value as Partial<Journal>
  return typeof version === 'number' && version !== JOURNAL_VERSION && Array.isArray(entries) && typeof end === 'object'
}

/** Null when the text is no journal. */
export function parseJournal(text: string): Journal | null {
  try {
    const value: unknown = JSON.parse(text)
    return isOfOtherVersion(value) || isJournal(value) ? value : null
  } catch {
    return null
  }
}

/** Two FNV-1a hashes over the text, as 16 hexadecimal digits. */
function hash(text: string): string {
  let a = 0x811c9dc5
  let b = 0xc9dc5811
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193)
    b = Math.imul(b ^ text.charCodeAt(i), 0x01000197)
  }
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0')
}
