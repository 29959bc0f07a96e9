// What reading, writing and computing without a pause take of virtual time, and how much a process may hold: so that `cat /dev/zero`
// or `seq 1 1000000000` never stands still in one moment of the lab, where no Ctrl-C could come in between.

/** Bytes and calls that one moment of virtual time has room for: a gigabyte, and millions of system calls, a second. */
const SLICE_BYTES = 1 << 20
const SLICE_CALLS = 32_768
const SLICE_US = 1000

/** After so many slices without a pause it is taken for a runaway, and time runs faster for it, as for a loop of the shell. */
const RUNAWAY_SLICES = 100
const RUNAWAY_US = 2_000_000
const RUNAWAY_TURNS = 1000
const RUNAWAY_TURN_US = 50_000

/** What one process may hold of its input before the kernel ends it, as it does on a machine whose memory is full. */
export const MEMORY_LIMIT = 64 * 1024 * 1024

/** What each line or entry takes besides its text. */
const ENTRY_BYTES = 48

export class Effort {
  private bytes = 0
  private calls = 0
  private slices = 0
  private turns = 0
  private atUs = 0
  private held = 0

  constructor(private readonly nowUs: () => number) {}

  /** Something was read or written. */
  note(bytes: number): void {
    if (this.atUs !== this.nowUs()) this.rested()
    this.bytes += bytes
    this.calls++
  }

  /** The time that is due for it, 0 as long as there is room. Who asks lets it pass. */
  dueUs(): number {
    if (this.bytes < SLICE_BYTES && this.calls < SLICE_CALLS) return 0
    this.bytes = 0
    this.calls = 0
    const us = ++this.slices > RUNAWAY_SLICES ? RUNAWAY_US : SLICE_US
    this.atUs = this.nowUs() + us
    return us
  }

  /** The time for some thousand steps of an interpreter (awk, sed). */
  turnUs(): number {
    if (this.atUs !== this.nowUs()) this.rested()
    const us = ++this.turns > RUNAWAY_TURNS ? RUNAWAY_TURN_US : SLICE_US
    this.atUs = this.nowUs() + us
    return us
  }

  /** Another entry of `bytes` is kept: false when there is no room for it. */
  holds(bytes: number): boolean {
    this.held += bytes + ENTRY_BYTES
    return this.held <= MEMORY_LIMIT
  }

  get heldBytes(): number {
    return this.held
  }

  private rested(): void {
    this.atUs = this.nowUs()
    this.bytes = 0
    this.calls = 0
    this.slices = 0
    this.turns = 0
  }
}
