// The kinds of goals as data. A kind's file in this folder judges it; none of them looks at the text on the learner's screen.
//   seen     the learner looked: a command with this effect, or a capture that such a packet passed      (latches)
//   holds    a statement about the lab's state, or a probe run on a copy of the lab
//   answer   a question whose right answer is computed from the lab
//   predict  a question asked before the packet is sent, answered by what the packet does

export type Scalar = string | number | boolean

/** Fields a row must have; a text may hold `*` for anything. */
export type Where = Readonly<Record<string, Scalar>>

export interface SeenEffect {
  readonly kind: 'seen'
  readonly effect: string
  readonly node: string | null
  readonly where: Where
}

export interface SeenCapture {
  readonly kind: 'capture'
  readonly node: string | null
  readonly device: string | null
  readonly where: Where
}

export interface HoldsRows {
  readonly kind: 'holds'
  readonly rows: string
  readonly node: string
  readonly netns: string | null
  readonly where: Where
  readonly least: number
  readonly most: number
}

export interface Probe {
  readonly kind: 'probe'
  readonly node: string
  readonly run: string
  readonly exit: number
}

export type AnswerForm = 'word' | 'number' | 'mac' | 'ipv4'

/** A command line and the node it is typed on. */
export interface TypedLine {
  readonly node: string
  readonly line: string
}

export interface Answer {
  readonly kind: 'answer'
  readonly node: string
  readonly form: AnswerForm
  /** Where the right answer comes from: a field of a row, or what a command prints (a pattern picks it). */
  readonly source:
    | { readonly from: 'rows'; readonly rows: string; readonly netns: string | null; readonly where: Where; readonly field: string }
    | { readonly from: 'run'; readonly run: string; readonly pick: string; readonly onCopy: boolean; readonly first: readonly TypedLine[] }
    | { readonly from: 'count'; readonly rows: string; readonly netns: string | null; readonly where: Where }
}

/** What a packet did on the copy: the choice whose conditions all hold is the right one. */
export interface Outcome {
  readonly choice: string
  readonly exit: number | null
  readonly drop: string | null
  /** `NODE/DEVICE` that the packet or its answer must have passed. */
  readonly passes: readonly string[]
  readonly avoids: readonly string[]
  /** Steps that the packets must have made: which rule or route decided, with which TTL one left (rows of `way`). */
  readonly does: readonly Where[]
  /** What must be true of the lab when the packet has come and gone. */
  readonly leaves: readonly HoldsRows[]
}

export interface Predict {
  readonly kind: 'predict'
  readonly node: string
  readonly run: string
  /** The goal of the same step that must be met before it is asked: what is done there decides. */
  readonly after: string | null
  readonly outcomes: readonly Outcome[]
}

export type CheckSpec = SeenEffect | SeenCapture | HoldsRows | Probe | Answer | Predict

/** The result of looking: a goal that is not met says what was expected, what was found, and where to look. */
export interface Verdict {
  readonly met: boolean
  readonly expected: string
  readonly found: string
  readonly where: string
}

export function describeWhere(where: Where): string {
  const parts = Object.entries(where).map(([field, value]) => `${field} ${value}`)
  return parts.length === 0 ? '' : ` with ${parts.join(', ')}`
}

export function fits(row: Readonly<Record<string, unknown>>, where: Where): boolean {
  return Object.entries(where).every(([field, wanted]) => fitsValue(row[field], wanted))
}

function fitsValue(value: unknown, wanted: Scalar): boolean {
  if (Array.isArray(value)) return value.some((one) => fitsValue(one, wanted))
  if (value === undefined || value === null) return wanted === false
  if (typeof wanted !== 'string' || !wanted.includes('*')) return String(value) === String(wanted)
  const pattern = wanted.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${pattern.join('.*')}$`).test(String(value))
}
