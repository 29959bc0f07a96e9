import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Script } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CodeCache, type LoadedChunk } from '../../src/cli/start/code-cache.js'

const SOURCE = `(function(){${'/* long enough */'.repeat(300)}return function seven(){return 7}})`
let home: string
let before: string | undefined

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'netlab-cache-'))
  before = process.env['XDG_CACHE_HOME']
  process.env['XDG_CACHE_HOME'] = home
})

afterEach(() => {
  if (before === undefined) delete process.env['XDG_CACHE_HOME']
  else process.env['XDG_CACHE_HOME'] = before
  rmSync(home, { recursive: true, force: true })
})

function chunk(name: string, isCompiled = true): LoadedChunk {
  return { name, script: new Script(SOURCE), length: SOURCE.length, isCompiled }
}

/** The one folder of this version, with a chunk in it. */
function saved(): string {
  CodeCache.open(['exec', 'sandbox'])!.save([chunk('a.js')])
  const [folder] = readdirSync(join(home, 'netlab'))
  return join(home, 'netlab', folder!)
}

describe('what V8 compiled is kept', () => {
  it('comes back, and V8 takes it', () => {
    saved()
    const cachedData = CodeCache.open(['exec', 'sandbox'])!.get('a.js')!
    const script = new Script(SOURCE, { cachedData })
    expect(script.cachedDataRejected).toBe(false)
    expect(script.runInThisContext()()()).toBe(7)
  })

  it('is for this user alone', () => {
    const folder = saved()
    for (const path of [folder, join(folder, 'a.js.bin')]) expect(statSync(path).mode & 0o077).toBe(0)
  })

  it('is not written again when nothing is new', () => {
    const folder = saved()
    rmSync(join(folder, 'a.js.bin'))
    CodeCache.open(['exec', 'sandbox'])!.save([chunk('a.js', false)])
    expect(readdirSync(folder)).toEqual(['uses'])
    CodeCache.open(['exec', 'dvr-fip'])!.save([chunk('a.js', false)])
    expect(readdirSync(folder).sort()).toEqual(['a.js.bin', 'uses'])
  })

  it('leaves small chunks out, and keeps three versions at most', () => {
    for (const old of ['1-a', '2-b', '3-c', '4-d']) mkdirSync(join(home, 'netlab', old), { recursive: true, mode: 0o700 })
    chmodSync(join(home, 'netlab'), 0o700)
    mkdirSync(join(home, 'netlab', 'mine'))
    const cache = CodeCache.open([])!
    cache.save([{ ...chunk('small.js'), length: 10 }])
    expect(readdirSync(join(home, 'netlab'))).toHaveLength(4)
    expect(existsSync(join(home, 'netlab', 'mine'))).toBe(true)
  })
})

describe('what could be wrong with a file', () => {
  const get = () => CodeCache.open(['exec', 'sandbox'])!.get('a.js')

  it('is seen: torn, changed, empty', () => {
    const file = join(saved(), 'a.js.bin')
    const whole = readFileSync(file)
    expect(get()).toBeDefined()
    writeFileSync(file, whole.subarray(0, whole.length - 1))
    expect(get()).toBeUndefined()
    const changed = Buffer.from(whole)
    changed[100]! ^= 1
    writeFileSync(file, changed)
    expect(get()).toBeUndefined()
    writeFileSync(file, '')
    expect(get()).toBeUndefined()
  })

  it('is seen: others may write it or its folder, or it is a link', () => {
    const folder = saved()
    const file = join(folder, 'a.js.bin')
    chmodSync(file, 0o620)
    expect(get()).toBeUndefined()
    chmodSync(file, 0o600)
    expect(get()).toBeDefined()
    chmodSync(folder, 0o777)
    expect(get()).toBeUndefined()
    chmodSync(folder, 0o700)
    const elsewhere = join(home, 'elsewhere')
    writeFileSync(elsewhere, readFileSync(file))
    rmSync(file)
    symlinkSync(elsewhere, file)
    expect(get()).toBeUndefined()
  })

  it('does not matter: nothing can be written, nothing is wanted', () => {
    writeFileSync(join(home, 'netlab'), 'a file where the folder would be')
    const cache = CodeCache.open(['exec', 'sandbox'])!
    cache.save([chunk('a.js')])
    expect(cache.get('a.js')).toBeUndefined()
    process.env['NLAB_CODE_CACHE'] = 'off'
    expect(CodeCache.open([])).toBeNull()
    delete process.env['NLAB_CODE_CACHE']
  })
})
