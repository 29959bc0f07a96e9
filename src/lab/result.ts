// What a command line that ran to its end left behind.

export interface RunResult {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}
