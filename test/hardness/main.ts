// The hardness runs by name. Each is a file of its own, loaded when it is asked for; all of them take the words behind their name.
import { isMainThread } from 'node:worker_threads'

export type HardnessRun = (words: readonly string[]) => Promise<number>

const RUNS: Readonly<Record<string, () => Promise<HardnessRun>>> = {
  fuzz: async () => (await import('./fuzz/supervisor.js')).fuzz,
  // Keys into the real screen: a terminal and a process of its own, so no room of the others.
  'fuzz tui': async () => (await import('./fuzz/tui.js')).tui,
  kill: async () => (await import('./kill.js')).kill,
  long: async () => (await import('./long.js')).long,
}

if (isMainThread) {
  const [first = '', ...rest] = process.argv.slice(2)
  const isTui = first === 'fuzz' && rest[0] === 'tui'
  const name = isTui ? 'fuzz tui' : first
  const words = isTui ? rest.slice(1) : rest
  const load = Object.hasOwn(RUNS, name) ? RUNS[name] : undefined
  if (load === undefined) {
    process.stderr.write(`usage: npm run hardness -- ${Object.keys(RUNS).join('|')} [OPTION]...\n`)
    process.exit(2)
  }
  const run = await load()
  process.exit(await run(words))
} else {
  const { work } = await import('./fuzz/worker.js')
  await work()
}
