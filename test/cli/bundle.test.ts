// What the built program loads: the screen's libraries only with the screen, file readers only where files are read.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

interface Output {
  readonly inputs: Record<string, unknown>
  readonly imports: readonly { readonly path: string; readonly kind: string }[]
  readonly entryPoint?: string
}

const meta = join(import.meta.dirname, '..', '..', 'dist', 'meta.json')
const outputs = existsSync(meta) ? (JSON.parse(readFileSync(meta, 'utf8')) as { outputs: Record<string, Output> }).outputs : {}

/** Chunks loaded at once with the chunk of `entry`. */
function loadedWith(entry: string): string[] {
  const start = Object.keys(outputs).find((path) => outputs[path]!.entryPoint === entry)
  const seen = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path) || outputs[path] === undefined) return
    seen.add(path)
    for (const { path: next, kind } of outputs[path].imports) if (kind !== 'dynamic-import') visit(next)
  }
  if (start !== undefined) visit(start)
  return [...seen].flatMap((path) => Object.keys(outputs[path]!.inputs))
}

function packagesOf(entry: string): string[] {
  const names = loadedWith(entry).map((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1])
  return [...new Set(names.filter((name) => name !== undefined))].sort()
}

const COMMANDS = ['exec', 'run', 'shell', 'shell-json', 'shell-plain', 'scenarios', 'check', 'lessons', 'validate', 'progress', 'doctor']

test.skipIf(Object.keys(outputs).length === 0)('no subcommand but those of the screen loads Ink or React', () => {
  for (const name of COMMANDS) {
    const packages = packagesOf(`src/cli/commands/${name}.ts`)
    expect({ name, screen: packages.filter((each) => /^(ink|react|yoga|ink-text-input)/.test(each)) }).toEqual({ name, screen: [] })
  }
})

test.skipIf(Object.keys(outputs).length === 0)(
  'the first lines load no library; a run loads neither YAML, schema nor arguments twice',
  () => {
    expect(packagesOf('src/cli/main.ts')).toEqual([])
    for (const name of ['exec', 'run', 'shell-json']) {
      expect({
        name,
        files: packagesOf(`src/cli/commands/${name}.ts`).filter((each) =>
          ['yaml', 'zod', 'marked', 'lowdb', 'ip-num', 'string-width'].includes(each),
        ),
      }).toEqual({ name, files: [] })
    }
  },
)
