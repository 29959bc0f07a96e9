// lowdb's adapter for a file that several processes write: unique temporary name, fsync, rename, the previous version kept as .bak,
// an unreadable one set aside. lowdb's own adapter loses half of the updates of two processes and fails on a torn file.
import { copyFile, mkdir, open, readFile, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Adapter } from 'lowdb'
import { codeOf, ignoreMissing } from './file-lock.js'

let writes = 0

export class IndexFile<T> implements Adapter<T> {
  constructor(
    readonly path: string,
    private readonly accept: (value: unknown) => T | null,
  ) {}

  /** null: there is none, or none that can be used; the caller rebuilds it. */
  async read(): Promise<T | null> {
    const own = await this.#readOne(this.path)
    if (own !== null) return own
    return this.#readOne(`${this.path}.bak`)
  }

  async write(value: T): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 })
    const temporary = `${this.path}.${process.pid}.${writes++}.tmp`
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(value)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await copyFile(this.path, `${this.path}.bak`).catch(ignoreMissing)
    await renameOver(temporary, this.path)
  }

  async #readOne(path: string): Promise<T | null> {
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      ignoreMissing(error)
      return null
    }
    const value = this.accept(parse(text))
    if (value === null) await rename(path, `${path}.corrupt-${Date.now()}`).catch(ignoreMissing)
    return value
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

// Windows refuses while another process reads the file; a moment later it does not.
async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await rename(from, to)
    } catch (error) {
      const code = codeOf(error)
      if (attempt >= 10 || (code !== 'EPERM' && code !== 'EACCES' && code !== 'EBUSY')) {
        await unlink(from).catch(ignoreMissing)
        throw error
      }
      await new Promise((resolve) => setTimeout(resolve, 20 * (attempt + 1)))
    }
  }
}
