// What one case left behind on one side.

export interface Output {
  /** `stdout`, `stderr`, `exit`, `capture on NODE`, ... */
  readonly what: string
  /** The command that printed it: normalisation asks it which rules apply. */
  readonly cmd: string
  readonly text: string
}

export interface Outcome {
  readonly key: string
  readonly outputs: readonly Output[]
}

/** A command that a side ran, with the time it took there. */
export interface Ran {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** Something that runs until it is told to stop. */
export interface Running {
  stop(): Promise<Ran>
}

/** A lab that is up, real or emulated. */
export interface Side {
  readonly nodes: readonly string[]
  /** Seconds since the lab came up, by the side's own clock. */
  now(): number
  /** Comes back when `now()` is at least that. */
  until(seconds: number): Promise<void>
  exec(node: string, cmd: string, timeout: number): Promise<Ran>
  start(node: string, cmd: string): Promise<Running>
  down(): Promise<void>
}
