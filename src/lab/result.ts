// What a command line that ran to its end left behind.

export interface RunResult {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
  /** Standard output as it is, where it is no text (`tcpdump -w -`); absent: `stdout` says all. */
  readonly bytes?: Uint8Array
}
