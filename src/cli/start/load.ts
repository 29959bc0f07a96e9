// The program's way into memory. Chunks are functions in files of their own, run as classic scripts: unlike modules, V8 can be given
// what it compiled of them last time. The one chunk that must be a module (Ink awaits at its top) is imported, and asks here for the others.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { Script } from 'node:vm'
import { CodeCache, type LoadedChunk } from './code-cache.js'

type Exports = Readonly<Record<string, unknown>>
type Chunk = (bring: Bring, require: NodeJS.Require, url: string) => Exports

/** What a chunk is given to reach another one: at once, or when it is wanted. */
interface Bring {
  now(name: string): Exports
  later(name: string): Promise<Exports>
}

const folder = join(__dirname, 'chunks')
const loaded = new Map<string, Exports>()
const chunks: LoadedChunk[] = []

// A lab boots once: compiling each function for speed as early as V8 does by itself cost a third of that time. Later versions of V8 wait
// by themselves and do not know the flag. Before the cache is asked: what was compiled under other flags is not taken.
if (Number.parseInt(process.versions.v8, 10) < 12) setFlagsFromString('--interrupt-budget=300000')
// A learner's `grep -E '(a+)+$'` must not hang the lab: what backtracks too long goes on in V8's linear engine.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')

const cache = CodeCache.open(process.argv.slice(2))

const bring: Bring = {
  now(name) {
    const known = loaded.get(name)
    if (known !== undefined) return known
    const filename = join(folder, name)
    const cachedData = cache?.get(name)
    const source = readFileSync(filename, 'utf8')
    const script = new Script(source, cachedData === undefined ? { filename } : { filename, cachedData })
    chunks.push({ name, script, length: source.length, isCompiled: script.cachedDataRejected !== false })
    const exports = (script.runInThisContext() as Chunk)(bring, require, pathToFileURL(filename).href)
    loaded.set(name, exports)
    return exports
  },
  async later(name) {
    return name.endsWith('.mjs') ? ((await import(pathToFileURL(join(folder, name)).href)) as Exports) : bring.now(name)
  },
}

Object.defineProperty(globalThis, Symbol.for('netlab.chunk'), { value: bring.now })
if (cache !== null) process.on('exit', () => cache.save(chunks))
bring.now('main.js')
