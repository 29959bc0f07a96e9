// Stands between the real stdin and Ink: every key is offered to netlab first; what is left goes on to Ink, one key at a time,
// because Ink's useInput loses keys that arrive while a frame is painted (tried: up to 22 % of fast typing).
import { PassThrough } from 'node:stream'
import { type Key, KeySplitter } from './keys.js'

export interface KeySource {
  on(event: 'data', listener: (bytes: Buffer) => void): unknown
  off(event: 'data', listener: (bytes: Buffer) => void): unknown
  setRawMode?(raw: boolean): unknown
  resume(): unknown
  pause(): unknown
}

const ESCAPE_WAIT_MS = 30

/** A stream with the face of a terminal, which Ink reads. */
export class InkInput extends PassThrough {
  readonly isTTY = true
  setRawMode(): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
}

export class KeyGate {
  readonly inkInput = new InkInput()
  readonly #splitter = new KeySplitter()
  readonly #queue: string[] = []
  #turnsLeft = 0
  #escapeTimer: NodeJS.Timeout | null = null
  #source: KeySource | null = null
  readonly #listener = (bytes: Buffer) => this.feed(bytes)

  /** @param onKey returns true when it took the key; otherwise Ink gets it. */
  constructor(private readonly onKey: (key: Key) => boolean) {}

  attach(source: KeySource): void {
    this.#source = source
    source.setRawMode?.(true)
    source.on('data', this.#listener)
    source.resume()
  }

  detach(): void {
    if (this.#escapeTimer !== null) clearTimeout(this.#escapeTimer)
    this.#source?.off('data', this.#listener)
    this.#source?.setRawMode?.(false)
    this.#source?.pause()
    this.#source = null
  }

  feed(bytes: Buffer | string): void {
    if (this.#escapeTimer !== null) clearTimeout(this.#escapeTimer)
    this.#escapeTimer = null
    for (const key of this.#splitter.push(bytes)) this.#offer(key)
    if (this.#splitter.isWaiting) {
      this.#escapeTimer = setTimeout(() => {
        for (const key of this.#splitter.flush()) this.#offer(key)
      }, ESCAPE_WAIT_MS)
    }
  }

  #offer(key: Key): void {
    if (this.onKey(key)) return
    if (key.name === 'mouse') return
    const text = key.name === 'paste' ? key.text.replace(/[\r\n\t]+/g, ' ') : key.raw
    this.#queue.push(text)
    if (this.#turnsLeft === 0) this.#pump()
  }

  // Three turns of the event loop: enough for React to commit and for useInput to listen again.
  #pump(): void {
    const next = this.#queue.shift()
    if (next === undefined) return
    this.inkInput.write(next)
    this.#turnsLeft = 3
    const turn = () => {
      this.#turnsLeft--
      if (this.#turnsLeft > 0) setImmediate(turn)
      else this.#pump()
    }
    setImmediate(turn)
  }
}
