// Keys one by one, for programs that fill the screen. The terminal is put back when they end, however they end.

import { toText } from './chunk.js'
import type { Process } from './process.js'
import type { Terminal } from './terminal.js'

export class RawKeys {
  private pending = ''
  private readonly mode: { isCanonical: boolean; hasEcho: boolean; hasSignals: boolean }

  constructor(
    private readonly proc: Process,
    private readonly tty: Terminal,
    hasSignals: boolean,
  ) {
    this.mode = { isCanonical: tty.isCanonical, hasEcho: tty.hasEcho, hasSignals: tty.hasSignals }
    proc.atExit(() => this.restore())
    tty.isCanonical = false
    tty.hasEcho = false
    tty.hasSignals = hasSignals
  }

  restore(): void {
    this.tty.isCanonical = this.mode.isCanonical
    this.tty.hasEcho = this.mode.hasEcho
    this.tty.hasSignals = this.mode.hasSignals
  }

  /** A key, cursor keys whole; null when the terminal is gone, '' when the time is over. */
  async next(timeoutUs?: number): Promise<string | null> {
    while (this.pending === '') {
      const chunk = await this.proc.wait<string>((resolve) => this.read(resolve), timeoutUs)
      if (chunk === null) return ''
      if (chunk === '') return null
      this.pending = chunk
    }
    const typed = /^\x1b\[[0-9;]*[A-Za-z~]/.exec(this.pending)?.[0] ?? this.pending[0]!
    this.pending = this.pending.slice(typed.length)
    return typed
  }

  private read(resolve: (text: string) => void): () => void {
    const chunk = this.tty.takeChunk()
    if (chunk !== undefined) {
      resolve(chunk === null ? '' : toText(chunk))
      return () => {}
    }
    let cancel: () => void = () => {}
    cancel = this.tty.onReadable(() => {
      cancel = this.read(resolve)
    })
    return () => cancel()
  }
}
