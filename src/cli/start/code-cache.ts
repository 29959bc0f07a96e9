// What V8 compiled of the program's chunks last time, in the user's cache folder: a third of a short command's time. Nothing needs it;
// whatever is wrong with it, the program runs as if it were not there. NLAB_CODE_CACHE=off does without.
//
// V8 runs what it is given as it is. So a file is taken only when it belongs to this user, nobody else may write it or its folder, and
// its checksum is right; it is written beside its place and moved there when whole. The folder's name holds V8's version, flags and
// processor, a chunk's name the hash of its text.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { cachedDataVersionTag } from 'node:v8'
import type { Script } from 'node:vm'
import { crc32 } from 'node:zlib'

/** Longer than every chunk's: a file that is not ours is not read into memory. */
const MAX_BYTES = 8 * 2 ** 20
/** A chunk that small compiles as fast as a file is opened. */
const MIN_SOURCE = 4096
/** Versions of Node and of netlab whose folders stay. */
const MAX_FOLDERS = 3
/** How many different first words make what is kept better: another cloud runs other functions. */
const MAX_USES = 12
const USES = 'uses'
const FOLDER = /^[0-9a-f]{1,8}-[\w.-]{1,40}$/
const OTHERS_MAY_WRITE = 0o022
const HEADER = 8

declare const NETLAB_BUILD: string | undefined

export interface LoadedChunk {
  readonly name: string
  readonly script: Script
  /** Of its source. */
  readonly length: number
  /** V8 had to compile it. */
  readonly isCompiled: boolean
}

export class CodeCache {
  private readonly uses: string[]
  private readonly isTrusted: boolean

  private constructor(
    private readonly folder: string,
    private readonly use: string,
  ) {
    this.isTrusted = isOursAlone(folder)
    this.uses = this.read(USES)?.toString('utf8').split('\n') ?? []
  }

  /** null: there is none here, or nothing that could be trusted. */
  static open(args: readonly string[]): CodeCache | null {
    try {
      const above = codeCacheFolder()
      if (above === null) return null
      const build = typeof NETLAB_BUILD === 'string' ? NETLAB_BUILD : 'source'
      return new CodeCache(join(above, `${cachedDataVersionTag().toString(16)}-${build}`), firstWords(args))
    } catch {
      return null
    }
  }

  get(name: string): Buffer | undefined {
    return this.read(`${name}.bin`) ?? undefined
  }

  /** At the end, when V8 knows what was used. Nothing is written when all was there and this use is not new. */
  save(chunks: readonly LoadedChunk[]): void {
    const large = chunks.filter(({ length }) => length >= MIN_SOURCE)
    const isNew = !this.uses.includes(this.use) && this.uses.length < MAX_USES
    if (!isNew && !large.some(({ isCompiled }) => isCompiled)) return
    try {
      this.prepare()
      for (const { name, script } of large) this.write(`${name}.bin`, script.createCachedData())
      if (isNew) this.write(USES, Buffer.from([...this.uses, this.use].join('\n')))
    } catch {
      // A full disk, a home that cannot be written: the next one compiles again.
    }
  }

  /** null: not there, not whole, or not only this user's. */
  private read(name: string): Buffer | null {
    if (!this.isTrusted) return null
    let file: number | null = null
    try {
      file = openSync(join(this.folder, name), constants.O_RDONLY | constants.O_NOFOLLOW)
      const stat = fstatSync(file)
      if (!stat.isFile() || stat.uid !== process.getuid!() || (stat.mode & OTHERS_MAY_WRITE) !== 0) return null
      if (stat.size <= HEADER || stat.size > MAX_BYTES) return null
      const bytes = readFileSync(file)
      const data = bytes.subarray(HEADER)
      return bytes.readUInt32LE(0) === data.length && bytes.readUInt32LE(4) === crc32(data) ? data : null
    } catch {
      return null
    } finally {
      if (file !== null) closeSync(file)
    }
  }

  private write(name: string, data: Buffer): void {
    const whole = Buffer.alloc(HEADER + data.length)
    whole.writeUInt32LE(data.length, 0)
    whole.writeUInt32LE(crc32(data), 4)
    data.copy(whole, HEADER)
    const beside = join(this.folder, `${name}.${process.pid}.new`)
    try {
      writeFileSync(beside, whole, { flag: 'wx', mode: 0o600, flush: false })
      renameSync(beside, join(this.folder, name))
    } catch (error) {
      rmSync(beside, { force: true })
      throw error
    }
  }

  /** Its folder, this user's alone; those of other versions make room. Throws when that cannot be had. */
  private prepare(): void {
    const above = join(this.folder, '..')
    mkdirSync(this.folder, { recursive: true, mode: 0o700 })
    if (!isOursAlone(above) || !isOursAlone(this.folder)) throw new Error('others may write there')
    for (const left of readdirSync(this.folder)) if (left.endsWith('.new')) rmSync(join(this.folder, left), { force: true })
    const others = readdirSync(above).filter((name) => FOLDER.test(name) && join(above, name) !== this.folder)
    const byAge = others.map((name) => join(above, name)).sort((a, b) => lstatSync(b).mtimeMs - lstatSync(a).mtimeMs)
    for (const old of byAge.slice(MAX_FOLDERS - 1)) rmSync(old, { recursive: true, force: true })
  }
}

/** null: it is switched off, or cannot be had here. */
export function codeCacheFolder(): string | null {
  // Without owners (Windows) nobody can say whose a file is; without crc32 (before Node 20.15) not whether it is whole.
  if (process.env['NLAB_CODE_CACHE'] === 'off' || process.getuid === undefined || crc32 === undefined) return null
  const base = process.env['XDG_CACHE_HOME'] ?? ''
  return join(base.startsWith('/') ? base : join(homedir(), '.cache'), 'netlab')
}

function isOursAlone(folder: string): boolean {
  try {
    const stat = lstatSync(folder)
    return stat.isDirectory() && stat.uid === process.getuid!() && (stat.mode & OTHERS_MAY_WRITE) === 0
  } catch {
    return false
  }
}

/** The first two words, such as `exec dvr-fip`: what decides which functions are used. */
function firstWords(args: readonly string[]): string {
  return args
    .slice(0, 2)
    .map((word) => (/^[a-z][a-z0-9-]{0,30}$/.test(word) ? word : '-'))
    .join(' ')
}
