// How control leaves a command early: break, continue, return, exit, Ctrl-C, and errors that abandon the line.

export class BreakLoop extends Error {
  constructor(public levels: number) {
    super('break')
  }
}

export class ContinueLoop extends Error {
  constructor(public levels: number) {
    super('continue')
  }
}

export class ReturnFrom extends Error {
  constructor(readonly code: number) {
    super('return')
  }
}

export class ExitShell extends Error {
  constructor(readonly code: number) {
    super('exit')
  }
}

/** Ctrl-C: the line is abandoned, the shell stays (or ends, when it is a script). */
export class Interrupted extends Error {
  constructor() {
    super('interrupt')
  }
}

/** An expansion error: printed, and the line is abandoned. */
export class ShellError extends Error {
  constructor(
    message: string,
    readonly code = 1,
  ) {
    super(message)
  }
}
