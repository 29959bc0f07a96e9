// Takes the terminal over and gives it back as it was, on every way out: normal end, exception, signal.
const ENTER = '\x1b[?1049h\x1b[?7l\x1b[?2004h\x1b[?25l\x1b[2J'
const MOUSE_ON = '\x1b[?1000h\x1b[?1006h'
const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l'
const LEAVE = '\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l'

export interface TakenTerminal {
  /** Only the first call does anything, until it is taken again. */
  restore(): void
  retake(): void
}

export function takeTerminal(out: { write(text: string): boolean }, hasMouse: boolean): TakenTerminal {
  let isTaken = false
  const retake = (): void => {
    isTaken = true
    out.write(ENTER + (hasMouse ? MOUSE_ON : ''))
  }
  retake()
  return {
    retake,
    restore() {
      if (!isTaken) return
      isTaken = false
      out.write((hasMouse ? MOUSE_OFF : '') + LEAVE)
    },
  }
}

const EXIT_BY_SIGNAL = { SIGINT: 130, SIGQUIT: 131, SIGTERM: 143, SIGHUP: 129 } as const

/** Calls `leave` on signals, on errors that nobody caught and when the terminal has gone; returns how to stop doing so. */
export function onEveryExit(leave: (exitCode: number, error: unknown) => void): () => void {
  const stops: (() => void)[] = []
  const listen = (source: NodeJS.EventEmitter, event: string, listener: (value: unknown) => void): void => {
    source.on(event, listener)
    stops.push(() => source.off(event, listener))
  }
  for (const [signal, code] of Object.entries(EXIT_BY_SIGNAL)) listen(process, signal, () => leave(code, null))
  for (const event of ['uncaughtException', 'unhandledRejection']) listen(process, event, (error) => leave(70, error ?? new Error(event)))
  for (const [stream, event] of [
    [process.stdin, 'end'],
    [process.stdin, 'error'],
    [process.stdout, 'error'],
  ] as const)
    listen(stream, event, () => leave(EXIT_BY_SIGNAL.SIGHUP, null))
  return () => {
    for (const stop of stops) stop()
  }
}

/**
 * Ctrl-Z of the learner's own shell (`kill -TSTP`, and Ctrl-G Ctrl-Z): the terminal is given back, and taken again when the program goes
 * on. One that was stopped without warning (`kill -STOP`) takes it anew all the same: the shell has set it up for itself meanwhile.
 */
export function onSuspend(give: () => void, retake: () => void): () => void {
  const stop = (): void => {
    give()
    process.kill(process.pid, 'SIGSTOP')
  }
  if (process.platform === 'win32') return () => undefined
  process.on('SIGTSTP', stop)
  process.on('SIGCONT', retake)
  return () => {
    process.off('SIGTSTP', stop)
    process.off('SIGCONT', retake)
  }
}
