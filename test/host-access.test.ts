// What in src may touch the host: a closed list. The simulated world (every floor below scenario/, and the tools and words that run in it)
// has no way to files, processes, environment, network or code of the machine that netlab runs on, so no command line can find one.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const src = join(dirname(fileURLToPath(import.meta.url)), '..', 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => ({ file: relative(src, join(src, file)), text: code(readFileSync(join(src, file), 'utf8')) }))

/** Comments may speak of what code may not do. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}

function usersOf(pattern: RegExp): string[] {
  return files
    .filter(({ text }) => pattern.test(text))
    .map(({ file }) => file)
    .sort()
}

/** The floors of the simulated world. */
const WORLD = /^(?:addr|sim|grammar|wire|trace|kernel|ovs|node|shell|cloud|tools|explain|doctor|faults|topology)\//

test('the simulated world imports nothing of the host but digests', () => {
  const imports = files.flatMap(({ file, text }) =>
    [...text.matchAll(/(?:from|import)\s*\(?\s*['"](node:[^'"]+|fs|net|http|https|child_process|os|path|dns|vm|worker_threads)['"]/g)].map(
      (match) => `${file} ${match[1]}`,
    ),
  )
  expect(imports.filter((line) => WORLD.test(line) && !line.endsWith(' node:crypto'))).toEqual([])
})

test('files of the host are for the library of scenarios and lessons, progress, exports and the command line', () => {
  const folders = new Set(usersOf(/from 'node:fs(?:\/promises)?'/).map((file) => file.split('/').slice(0, -1).join('/')))
  for (const folder of folders)
    expect(folder).toMatch(/^(?:scenario|lesson|lesson\/progress|export|cli|cli\/commands|cli\/start|lab|tui\/terminal|tui\/model|tui)$/)
  // Of lab/, only what proves a scenario reads its file again for places of errors.
  const inLab = usersOf(/from 'node:fs(?:\/promises)?'/).filter((file) => file.startsWith('lab/') && file !== 'lab/prove.ts')
  expect(inLab).toEqual([])
})

test('nobody starts processes, opens sockets or runs other code', () => {
  expect(usersOf(/node:(?:child_process|net|http|https|http2|tls|dgram|dns|worker_threads|cluster|inspector|repl)\b/)).toEqual([])
  // vm: only what starts netlab's own chunks from V8's code cache.
  expect(usersOf(/node:vm\b|\bcreateRequire\b|\brequire\(/).filter((file) => !file.startsWith('cli/start/'))).toEqual([])
  expect(usersOf(/\beval\(|\bFunction\(['"`]|\bfetch\(\s*['"`]http|WebAssembly/)).toEqual(['sim/copier.ts'])
  expect(usersOf(/process\.(?:binding|dlopen|_linkedBinding)|globalThis\.process|import\.meta\.resolve/)).toEqual([])
})

test("the environment and the process are the command line's, the screen's and the progress store's", () => {
  // `process` is also what the emulated processes of the lab are called here: only what they do not have counts.
  const users = usersOf(/\bprocess\.(?:env|argv|cwd|chdir|stdin|stdout|stderr|exit|platform|on|umask|getuid|title)\b(?!\s*=[^=])/)
  expect(users.filter((file) => WORLD.test(file))).toEqual([])
})
