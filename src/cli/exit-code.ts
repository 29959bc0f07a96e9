// The exit codes of netlab itself; `exec` passes on the command's own.

export const EXIT = { done: 0, failed: 1, usage: 2, invalidFile: 4, internal: 70 } as const

/** The caller typed something wrong: told in one line, exit 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}
