// Files that are whole at every moment: written beside the old one, flushed, and put in its place. A write that fails (a full disk) leaves
// the old file and nothing else; what a killed process left half written is swept away at the next start.
import * as promises from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** What the store asks of the file system; tests hand in one that fails. */
export type Disk = Pick<
  typeof promises,
  'link' | 'lstat' | 'mkdir' | 'open' | 'readdir' | 'readFile' | 'readlink' | 'rename' | 'stat' | 'symlink' | 'unlink'
>

export const realDisk: Disk = promises

let writes = 0

export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${writes++}@${hostname()}.tmp`)
}

export async function replaceFile(path: string, text: string, disk: Disk = realDisk): Promise<void> {
  await disk.mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = temporaryName(path)
  try {
    const file = await disk.open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await renameOver(temporary, path, disk)
  } catch (error) {
    await disk.unlink(temporary).catch(() => undefined)
    throw error
  }
}

const TEMPORARY = /^\..*\.(\d+)-\d+@(.*)\.tmp$|\.(\d+)(\.\d+)?\.tmp$/
/** A file that another machine writes (a shared home) is judged by its age. */
const OLD_MS = 3_600_000

/** Takes away what killed processes have left in a folder. */
export async function sweepTemporary(folder: string, disk: Disk = realDisk): Promise<void> {
  const names = await disk.readdir(folder).catch(() => [])
  for (const name of names) {
    const match = TEMPORARY.exec(name)
    if (match === null) continue
    const path = join(folder, name)
    const host = match[2] ?? hostname()
    const isLeft = host === hostname() ? !isAlive(Number(match[1] ?? match[3])) : await isOld(path, disk)
    if (isLeft) await disk.unlink(path).catch(() => undefined)
  }
}

async function isOld(path: string, disk: Disk): Promise<boolean> {
  const found = await disk.stat(path).catch(() => null)
  return found !== null && Date.now() - found.mtimeMs > OLD_MS
}

/** Where a file that cannot be used is kept for whoever wants to look at it; null: it went away by itself. */
export async function setAside(path: string, why: string, disk: Disk = realDisk): Promise<string | null> {
  for (let copy = 1; copy < 1000; copy++) {
    const aside = `${path}.${why}${copy === 1 ? '' : `-${copy}`}`
    if ((await disk.lstat(aside).catch(() => null)) !== null) continue
    try {
      await disk.rename(path, aside)
      return aside
    } catch (error) {
      ignoreMissing(error)
      return null
    }
  }
  throw new Error(`${path}.${why} and a thousand more are there already`)
}

// Windows refuses while another process reads the file; a moment later it does not.
async function renameOver(from: string, to: string, disk: Disk): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await disk.rename(from, to)
    } catch (error) {
      const code = codeOf(error)
      const isPassing = process.platform === 'win32' && (code === 'EPERM' || code === 'EACCES' || code === 'EBUSY')
      if (!isPassing || attempt >= 10) throw error
      await new Promise((resolve) => setTimeout(resolve, 20 * (attempt + 1)))
    }
  }
}

export function isAlive(pid: number): boolean {
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
