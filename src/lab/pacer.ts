// Lets virtual time follow the wall clock for a person: one host timer for the next due event, none when nothing is due.

/** 0 is a standing clock. */
export type Speed = 0 | 1 | 10 | 100

export interface Pacer {
  readonly speed: Speed
  readonly isRunning: boolean
  start(speed?: Speed): void
  stop(): void
  /** Brings virtual time up to the wall clock now; call before handing in a key. */
  catchUp(): void
}
