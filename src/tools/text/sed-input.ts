// What sed reads: its files as one stream.

import { KernelError } from '../../kernel/errno.js'
import type { OpenFile } from '../../node/open-file.js'
import type { Process } from '../../node/process.js'
import type { Reader } from '../../node/stream.js'

/** The lines of all files, one ahead, so that `$` is known. */
export class SedInput {
  private next: { text: string; ended: boolean } | null | undefined
  private reader: Reader | null = null
  private file: OpenFile | null = null
  fileName = '-'
  code = 0

  constructor(
    private readonly proc: Process,
    private readonly names: string[],
    private readonly onMissing: (name: string, error: KernelError) => void,
  ) {}

  async isLast(): Promise<boolean> {
    if (this.next === undefined) this.next = await this.pull()
    return this.next === null
  }

  async take(): Promise<{ text: string; ended: boolean } | null> {
    const line = this.next === undefined ? await this.pull() : this.next
    this.next = undefined
    return line
  }

  private async pull(): Promise<{ text: string; ended: boolean } | null> {
    for (;;) {
      if (this.reader === null && !this.open()) return null
      const line = await this.reader!.readLine()
      if (line !== null) return { text: line, ended: this.reader!.lineEnded }
      this.file?.close()
      this.file = null
      this.reader = null
    }
  }

  private open(): boolean {
    for (let name = this.names.shift(); name !== undefined; name = this.names.shift()) {
      this.fileName = name
      if (name === '-') {
        this.reader = this.proc.input(0)
        if (this.reader !== null) return true
        continue
      }
      try {
        this.file = this.proc.files.open(name, 'read')
        this.reader = this.proc.reader(this.file)
        return true
      } catch (error) {
        if (!(error instanceof KernelError)) throw error
        this.code = 2
        this.onMissing(name, error)
      }
    }
    return false
  }
}
