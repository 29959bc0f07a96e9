// lowdb's adapter for a file that several processes write: replaced at one stroke, the previous version kept as .bak, an unreadable one
// set aside, one of a newer netlab left alone. lowdb's own adapter loses half of the updates of two processes and fails on a torn file.
import type { Adapter } from 'lowdb'
import { type Disk, ignoreMissing, realDisk, replaceFile, setAside } from './safe-file.js'

/** What stands in a file: data, data of a newer netlab, or nothing that can be read. */
export type Accepted<T> = { readonly kind: 'data'; readonly value: T } | { readonly kind: 'older' | 'newer' | 'corrupt' }

export class IndexFile<T> implements Adapter<T> {
  /** What the learner should know of the file. */
  readonly notices: string[] = []
  private isNewer = false

  constructor(
    readonly path: string,
    private readonly accept: (value: unknown) => Accepted<T>,
    private readonly disk: Disk = realDisk,
  ) {}

  /** null: there is none, or none that can be used; the caller makes it again. */
  async read(): Promise<T | null> {
    const own = await this.#readOne(this.path)
    if (own !== null || this.isNewer) return own
    return this.#readOne(`${this.path}.bak`)
  }

  async write(value: T): Promise<void> {
    if (this.isNewer) return
    // A second name for the old one; where there are no such names the log alone must do.
    await this.disk.unlink(`${this.path}.bak`).catch(() => undefined)
    await this.disk.link(this.path, `${this.path}.bak`).catch(() => undefined)
    await replaceFile(this.path, `${JSON.stringify(value)}\n`, this.disk)
  }

  async #readOne(path: string): Promise<T | null> {
    let text: string
    try {
      text = await this.disk.readFile(path, 'utf8')
    } catch (error) {
      ignoreMissing(error)
      return null
    }
    const found = this.accept(parse(text))
    switch (found.kind) {
      case 'data':
        return found.value
      case 'older':
        return null
      case 'newer':
        this.#leaveAlone(path)
        return null
      case 'corrupt':
        await this.#putAside(path)
        return null
    }
  }

  #leaveAlone(path: string): void {
    if (!this.isNewer) this.notices.push(`${path} was written by a newer netlab and is left as it is`)
    this.isNewer = true
  }

  async #putAside(path: string): Promise<void> {
    const aside = await setAside(path, 'corrupt', this.disk).catch(() => null)
    if (aside !== null) this.notices.push(`${path} could not be read; it is kept as ${aside} and made again from events.jsonl`)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
