// Signals: numbers, names, default actions.

export const SIGNALS = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  POLL: 29,
  PWR: 30,
  SYS: 31,
} as const

export type Signal = keyof typeof SIGNALS

export type DefaultAction = 'terminate' | 'core' | 'stop' | 'continue' | 'ignore'

const CORE: ReadonlySet<Signal> = new Set<Signal>(['QUIT', 'ILL', 'TRAP', 'ABRT', 'BUS', 'FPE', 'SEGV', 'XCPU', 'XFSZ', 'SYS'])
const STOP: ReadonlySet<Signal> = new Set<Signal>(['STOP', 'TSTP', 'TTIN', 'TTOU'])
const IGNORE: ReadonlySet<Signal> = new Set<Signal>(['CHLD', 'URG', 'WINCH'])

export function defaultAction(signal: Signal): DefaultAction {
  if (signal === 'CONT') return 'continue'
  if (STOP.has(signal)) return 'stop'
  if (IGNORE.has(signal)) return 'ignore'
  return CORE.has(signal) ? 'core' : 'terminate'
}

export function signalNumber(signal: Signal): number {
  return SIGNALS[signal]
}

export function signalByNumber(number: number): Signal | null {
  for (const name of Object.keys(SIGNALS) as Signal[]) if (SIGNALS[name] === number) return name
  return null
}

/** `9`, `KILL`, `SIGKILL`, any case; null when there is no such signal. */
export function parseSignal(text: string): Signal | null {
  if (/^\d+$/.test(text)) return signalByNumber(Number(text))
  const name = text.toUpperCase().replace(/^SIG/, '')
  return name in SIGNALS ? (name as Signal) : null
}

const DESCRIPTIONS: Partial<Record<Signal, string>> = {
  HUP: 'Hangup',
  INT: 'Interrupt',
  QUIT: 'Quit',
  ILL: 'Illegal instruction',
  TRAP: 'Trace/breakpoint trap',
  ABRT: 'Aborted',
  BUS: 'Bus error',
  FPE: 'Floating point exception',
  KILL: 'Killed',
  USR1: 'User defined signal 1',
  SEGV: 'Segmentation fault',
  USR2: 'User defined signal 2',
  PIPE: 'Broken pipe',
  ALRM: 'Alarm clock',
  TERM: 'Terminated',
  STOP: 'Stopped (signal)',
  TSTP: 'Stopped',
  CONT: 'Continued',
}

/** strsignal(3), as shells print it for a job that ended so. */
export function signalText(signal: Signal): string {
  return DESCRIPTIONS[signal] ?? `Unknown signal ${SIGNALS[signal]}`
}
