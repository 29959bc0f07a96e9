// A disk that is really full: a tmpfs of some pages in a mount namespace of its own. Needs root, and says so where there is none.
import { spawnSync } from 'node:child_process'
import { openProgress } from '../../../src/lesson/progress/progress.js'
import { LESSON } from './writer.js'

const PAGES_KB = 64

/** What was lost; null: it cannot be tried here. */
export function fullDisk(): string[] | null {
  if (process.getuid?.() !== 0 || spawnSync('unshare', ['-m', 'true']).status !== 0) return null
  const disk = '/mnt'
  const self = `"${process.execPath}" "${process.argv[1]}" kill`
  const script = `mount -t tmpfs -o size=${PAGES_KB}k none ${disk} && NLAB_HOME=${disk} ${self} fill`
  const { stdout, stderr, status } = spawnSync('unshare', ['-m', 'sh', '-c', script], { encoding: 'utf8', timeout: 60_000 })
  return status === 0 ? [] : [`full disk: ${stdout}${stderr}`]
}

/** In there: writes until nothing fits any more, makes room, and everything that was called safe must be there. */
export async function fill(): Promise<number> {
  const { readdirSync, rmSync, writeFileSync } = await import('node:fs')
  const home = process.env['NLAB_HOME']!
  const ballast = `${home}/ballast`
  writeFileSync(ballast, Buffer.alloc(24 * 1024))
  const progress = await openProgress()
  const safe: string[] = []
  let refused = 0
  for (let turn = 0; refused < 40; turn++) {
    const event = { kind: 'goal-met', lesson: LESSON, step: 's', goal: String(turn), assisted: false } as const
    await progress.record(event).then(
      () => safe.push(`s/${turn}`),
      () => refused++,
    )
  }
  const missing = async (): Promise<string[]> => {
    const met = new Set((await openProgress()).lesson(LESSON).goals)
    return safe.filter((goal) => !met.has(goal))
  }
  const whileFull = await missing()
  rmSync(ballast)
  await progress.record({ kind: 'lesson-done', lesson: LESSON })
  const later = await openProgress()
  const left = readdirSync(home).filter((name) => /tmp$|corrupt|lock$/.test(name))
  const seen = later.lesson(LESSON)
  const isWhole =
    whileFull.length === 0 && (await missing()).length === 0 && seen.status === 'done' && seen.goals.length === safe.length + refused
  if (isWhole && left.length === 0 && safe.length > 0) return 0
  process.stdout.write(
    `lost ${whileFull.length}, then ${(await missing()).length}; ${seen.goals.length} of ${safe.length + refused} goals; left ${left.join(' ')}\n`,
  )
  return 1
}
