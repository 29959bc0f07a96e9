// Tells views that something changed: at once for a key, at most 12 times a second for a tool's output.
export type Urgency = 'now' | 'soon'

const SOON_MS = 80

export class Changes {
  readonly #listeners = new Set<() => void>()
  #timer: NodeJS.Timeout | null = null
  #isQueued = false
  version = 0

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  getVersion = (): number => this.version

  tell(urgency: Urgency): void {
    if (urgency === 'now') this.#queue()
    else this.#timer ??= setTimeout(() => this.#fire(), SOON_MS)
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#listeners.clear()
  }

  // Keys that come in one chunk make one frame.
  #queue(): void {
    if (this.#isQueued) return
    this.#isQueued = true
    setImmediate(() => this.#fire())
  }

  #fire(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#isQueued = false
    this.version++
    for (const listener of [...this.#listeners]) listener()
  }
}
