// How checks look at a lab: rows without a trace, and probes on a copy.
import type { RunResult } from '../../lab/result.js'
import type { TypedLine } from './check.js'
import type { Row, RowSource } from './rows.js'

/** What the packets of a command did: where they were, why they ended. */
export interface PacketStory {
  readonly exitCode: number
  /** `NODE/DEVICE` */
  readonly places: ReadonlySet<string>
  /** `REASON` and `NODE/REASON` */
  readonly drops: ReadonlySet<string>
  /** Every step of every packet, as rows of `way` are. */
  steps(): readonly Row[]
}

export interface LabReader {
  rows(node: string, netns: string | null, source: RowSource, where: Readonly<Record<string, unknown>>): Promise<Row[]>
  /** A showing command's output; it leaves no trace in the lab. */
  read(node: string, line: string): Promise<RunResult>
  /** Run on a copy of the lab as it is now, after other lines perhaps. */
  probe(node: string, line: string, first?: readonly TypedLine[]): Promise<RunResult>
  /** The same where only the exit code counts: a ping is then sent without its program, and what it prints is another text. */
  outcome(node: string, line: string): Promise<RunResult>
  /** Run on a copy with every packet traced; `look` sees the copy when it is over. */
  follow<T>(node: string, line: string, look: (after: LabReader) => Promise<T>): Promise<{ story: PacketStory; seen: T }>
}
