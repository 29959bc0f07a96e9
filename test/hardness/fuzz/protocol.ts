// What the supervisor and its worker share: memory that tells where the worker is even while it is stuck, and messages.

/** Of the text of the case in hand. */
const TEXT_BYTES = 65_536
const HEAD_WORDS = 4

export interface WorkerTask {
  readonly room: string
  readonly seed: string
  readonly firstBatch: number
  /** Only this case of the batch is told in full; those before it are run, as it needs what they left behind. */
  readonly endAtMs: number
  readonly memory: SharedArrayBuffer
}

export type WorkerMessage =
  | { readonly kind: 'finding'; readonly batch: number; readonly index: number; readonly text: string; readonly input: string }
  | { readonly kind: 'heap'; readonly batch: number; readonly bytes: number }
  | { readonly kind: 'done' }

/** Where the worker is: batch, case of the batch, cases in all, and the input. */
export class Place {
  private readonly head: Int32Array
  private readonly text: Uint8Array

  constructor(readonly memory: SharedArrayBuffer) {
    this.head = new Int32Array(memory, 0, HEAD_WORDS)
    this.text = new Uint8Array(memory, HEAD_WORDS * 4)
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(HEAD_WORDS * 4 + TEXT_BYTES)
  }

  enter(batch: number, index: number): void {
    Atomics.store(this.head, 0, batch)
    Atomics.store(this.head, 1, index)
    Atomics.add(this.head, 2, 1)
    this.note('')
  }

  note(text: string): void {
    const bytes = Buffer.from(text).subarray(0, TEXT_BYTES)
    Atomics.store(this.head, 3, 0)
    this.text.set(bytes)
    Atomics.store(this.head, 3, bytes.length)
  }

  get batch(): number {
    return Atomics.load(this.head, 0)
  }

  get index(): number {
    return Atomics.load(this.head, 1)
  }

  get cases(): number {
    return Atomics.load(this.head, 2)
  }

  get input(): string {
    return Buffer.from(this.text.slice(0, Atomics.load(this.head, 3))).toString()
  }
}
