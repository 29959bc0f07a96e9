// One writer at a time among processes: a lock file made with O_EXCL, taken over when its holder is gone.
import { open, readFile, stat, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'

const STALE_MS = 10_000
const RETRY_MS = 8
const GIVE_UP_MS = 20_000

export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const release = await takeLock(path)
  try {
    return await work()
  } finally {
    await release()
  }
}

async function takeLock(path: string): Promise<() => Promise<void>> {
  const begun = Date.now()
  for (;;) {
    try {
      const file = await open(path, 'wx', 0o600)
      await file.writeFile(`${process.pid} ${hostname()}\n`)
      await file.close()
      return () => unlink(path).catch(ignoreMissing)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    if (await isStale(path)) await unlink(path).catch(ignoreMissing)
    else if (Date.now() - begun > GIVE_UP_MS) throw new Error(`${path} is held by another process; remove it when none runs`)
    else await new Promise((resolve) => setTimeout(resolve, RETRY_MS + Math.random() * RETRY_MS))
  }
}

async function isStale(path: string): Promise<boolean> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
    const age = Date.now() - mtimeMs
    const [pid = '', host = ''] = text.trim().split(' ')
    if (age > STALE_MS) return true
    // A lock of another machine (a shared home) can only be judged by its age; an empty one is being written.
    return pid !== '' && host === hostname() && !isAlive(Number(pid))
  } catch (error) {
    ignoreMissing(error)
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error ? String(error.code) : null
}

export function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error
}
