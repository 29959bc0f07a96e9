// One writer at a time among processes, as a courtesy: the log and the index bear two at once on a local disk, a network file system may
// not. The lock is a symbolic link whose target names the holder: made at one stroke, so that a kill never leaves one without a name.
import { hostname } from 'node:os'
import { join } from 'node:path'
import { codeOf, type Disk, isAlive, realDisk } from './safe-file.js'

/** The work under the lock takes milliseconds. */
const STALE_MS = 5_000
const RETRY_MS = 8
/** A holder that does not let go (stopped with Ctrl-Z, another machine's) must not keep the learner waiting. */
const GIVE_UP_MS = 500

/** `work` is told whether the lock is held. */
export async function withLock<T>(path: string, work: (isLocked: boolean) => Promise<T>, disk: Disk = realDisk): Promise<T> {
  const own = await takeLock(path, disk)
  try {
    return await work(own !== null)
  } finally {
    if (own !== null && (await holderOf(path, disk)) === own) await disk.unlink(path).catch(() => undefined)
  }
}

let locks = 0
/** Holders that were waited for in vain: not again at each record. */
const stubborn = new Set<string>()

/** The holder's name; null: it works without. */
async function takeLock(path: string, disk: Disk): Promise<string | null> {
  const own = `${process.pid} ${hostname()} ${locks++}`
  for (const begun = Date.now(); Date.now() - begun < GIVE_UP_MS; ) {
    try {
      await makeLock(path, own, disk)
      return own
    } catch (error) {
      // A full disk, a folder that is not ours: the writes themselves will tell.
      if (codeOf(error) !== 'EEXIST') return null
    }
    const holder = (await holderOf(path, disk)) ?? ''
    if (stubborn.has(holder)) return null
    if (await isStale(path, disk)) await disk.unlink(path).catch(() => undefined)
    else await new Promise((resolve) => setTimeout(resolve, RETRY_MS + Math.random() * RETRY_MS))
  }
  const holder = await holderOf(path, disk)
  if (holder !== null) stubborn.add(holder)
  return null
}

const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL'])

async function makeLock(path: string, own: string, disk: Disk): Promise<void> {
  try {
    await disk.symlink(own, path)
  } catch (error) {
    if (!NO_LINKS.has(codeOf(error) ?? '')) throw error
    const file = await disk.open(path, 'wx', 0o600)
    await file.writeFile(own).finally(() => file.close())
  }
}

async function holderOf(path: string, disk: Disk): Promise<string | null> {
  try {
    return await disk.readlink(path)
  } catch (error) {
    return codeOf(error) === 'EINVAL' || codeOf(error) === 'UNKNOWN' ? disk.readFile(path, 'utf8').catch(() => null) : null
  }
}

async function isStale(path: string, disk: Disk): Promise<boolean> {
  const [holder, found] = await Promise.all([holderOf(path, disk), disk.lstat(path).catch(() => null)])
  if (holder === null || found === null) return false
  if (Date.now() - found.mtimeMs > STALE_MS) return true
  // A lock of another machine (a shared home) can only be judged by its age; an empty one is being written.
  const [pid = '', host = ''] = holder.trim().split(' ')
  return pid !== '' && host === hostname() && !isAlive(Number(pid))
}

/** Takes away the locks of killed programs that nobody asked for since. */
export async function sweepLocks(folder: string, disk: Disk = realDisk): Promise<void> {
  for (const name of await disk.readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    if (name.endsWith('.lock') && (await isStale(path, disk))) await disk.unlink(path).catch(() => undefined)
  }
}
