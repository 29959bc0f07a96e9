// Whether what a file holds can be a journal: it may come from a stranger, be cut or changed by hand, and is replayed input by input.
import type { Journal, JournalInput } from './journal.js'

/** No session is longer: a year of the lab. What is replayed must come to an end. */
const MOST_US = 366 * 86_400 * 1e6
const MOST_ENTRIES = 1_000_000

type Check = (value: unknown) => boolean

const text: Check = (value) => typeof value === 'string'
const textOrNull: Check = (value) => value === null || typeof value === 'string'
const whole: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const time: Check = (value) => typeof value === 'number' && value >= 0 && value <= MOST_US
const size: Check = (value) => whole(value) && (value as number) <= 100_000

const PLACE: Readonly<Record<string, Check>> = { step: whole, atUs: time }

const INPUTS: { readonly [Kind in JournalInput['kind']]: Readonly<Record<string, Check>> } = {
  run: { node: text, line: text, limitUs: time },
  open: { shell: whole, node: text, user: textOrNull, columns: size, rows: size },
  line: { shell: whole, text },
  write: { shell: whole, text },
  interrupt: { shell: whole },
  eof: { shell: whole },
  suspend: { shell: whole },
  close: { shell: whole },
  resize: { shell: whole, columns: size, rows: size },
  file: { node: text, path: text, base64: text },
}

export function isJournal(value: unknown): value is Journal {
  if (!hasAll(value, { version: whole, scenario: text, fingerprint: text, seed: text, image: textOrNull })) return false
  const { entries, end } = value as { entries?: unknown; end?: unknown }
  if (!Array.isArray(entries) || entries.length > MOST_ENTRIES || !entries.every(isEntry) || !hasAll(end, PLACE)) return false
  return inOrder([...(entries as Journal['entries']), end as Journal['end']])
}

function isEntry(value: unknown): boolean {
  if (!hasAll(value, { kind: text, ...PLACE })) return false
  const { kind } = value as { kind: string }
  return Object.hasOwn(INPUTS, kind) && hasAll(value, INPUTS[kind as JournalInput['kind']])
}

function hasAll(value: unknown, checks: Readonly<Record<string, Check>>): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(checks).every(([key, check]) => Object.hasOwn(value, key) && check((value as Record<string, unknown>)[key]))
}

function inOrder(places: readonly { readonly step: number; readonly atUs: number }[]): boolean {
  return places.every(({ step, atUs }, i) => i === 0 || (step >= places[i - 1]!.step && atUs >= places[i - 1]!.atUs))
}
