// Takes the terminal over and gives it back as it was, on every way out: normal end, exception, signal.
const ENTER = '\x1b[?1049h\x1b[?7l\x1b[?2004h\x1b[?25l\x1b[2J'
const MOUSE_ON = '\x1b[?1000h\x1b[?1006h'
const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l'
const LEAVE = '\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l'

export interface TakenTerminal {
  /** Only the first call does anything. */
  restore(): void
}

export function takeTerminal(out: { write(text: string): boolean }, hasMouse: boolean): TakenTerminal {
  let isTaken = true
  out.write(ENTER + (hasMouse ? MOUSE_ON : ''))
  return {
    restore() {
      if (!isTaken) return
      isTaken = false
      out.write((hasMouse ? MOUSE_OFF : '') + LEAVE)
    },
  }
}

const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Calls `leave` on signals and on errors that nobody caught; returns how to stop doing so. */
export function onEveryExit(leave: (exitCode: number, error: unknown) => void): () => void {
  const signals = Object.entries(EXIT_BY_SIGNAL) as [keyof typeof EXIT_BY_SIGNAL, number][]
  const listeners = signals.map(([signal, code]): [NodeJS.Signals, () => void] => [signal, () => leave(code, null)])
  const onError = (error: unknown) => leave(70, error)
  for (const [signal, listener] of listeners) process.on(signal, listener)
  process.on('uncaughtException', onError)
  process.on('unhandledRejection', onError)
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener)
    process.off('uncaughtException', onError)
    process.off('unhandledRejection', onError)
  }
}
