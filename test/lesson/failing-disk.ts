// The real file system with a switch: full (a write stops half-way) or read-only, as the kernel says it.
import * as promises from 'node:fs/promises'
import type { Disk } from '../../src/lesson/progress/safe-file.js'

export class FailingDisk {
  /** Bytes that still fit; null: as many as one likes. */
  room: number | null = null
  isReadOnly = false
  readonly disk: Disk = {
    ...promises,
    open: (async (path: string, flags: string, mode?: number) => {
      this.guard(flags !== 'r')
      return this.wrapped(await promises.open(path, flags, mode))
    }) as Disk['open'],
    rename: async (from, to) => {
      this.guard(true)
      return promises.rename(from, to)
    },
    symlink: async (target, path) => {
      this.guard(true)
      return promises.symlink(target, path)
    },
    link: async (from, to) => {
      this.guard(true)
      return promises.link(from, to)
    },
  }

  private guard(isWrite: boolean): void {
    if (isWrite && this.isReadOnly) throw errno('EROFS', 'read-only file system')
  }

  private wrapped(file: promises.FileHandle): promises.FileHandle {
    const write = async (text: string): Promise<void> => {
      if (this.room === null) return file.appendFile(text)
      const fits = Buffer.from(text).subarray(0, this.room)
      this.room -= fits.length
      await file.appendFile(fits)
      if (fits.length < Buffer.byteLength(text)) throw errno('ENOSPC', 'no space left on device')
    }
    return new Proxy(file, {
      get: (target, name) => {
        if (name === 'writeFile' || name === 'appendFile') return write
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
}

function errno(code: string, text: string): Error {
  return Object.assign(new Error(`${code}: ${text}`), { code })
}
