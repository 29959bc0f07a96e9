// `netlab doctor`: what netlab needs and whether it is there.
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { lessonFolders } from '../../lesson/heads.js'
import { netlabDirs } from '../../lesson/progress/dirs.js'
import { builtInScenarios, packageFolder } from '../../scenario/library.js'
import { EXIT } from '../exit-code.js'
import { codeCacheFolder } from '../start/code-cache.js'
import { out } from '../streams.js'
import { version } from '../version.js'

interface Finding {
  readonly name: string
  readonly value: string
  readonly ok: boolean
  /** What to do about it. */
  readonly advice: string
}

const MIN_COLUMNS = 80
const MIN_ROWS = 24

export async function doctor(options: { json?: boolean }): Promise<number> {
  const findings = [...program(), ...terminal(), ...folders()]
  if (options.json === true) out(`${JSON.stringify(findings, null, 2)}\n`)
  else
    for (const { name, value, ok, advice } of findings)
      out(`${ok ? 'ok  ' : 'look'}  ${name.padEnd(12)} ${value}${ok ? '' : `\n      ${advice}`}\n`)
  return findings.every((finding) => finding.ok) ? EXIT.done : EXIT.failed
}

function program(): Finding[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return [
    { name: 'netlab', value: version(), ok: true, advice: '' },
    {
      name: 'Node.js',
      value: process.versions.node,
      ok: major > 20 || (major === 20 && minor >= 11),
      advice: 'netlab needs Node.js 20.11 or newer',
    },
    {
      name: 'scenarios',
      value: `${builtInScenarios().length} in ${packageFolder()}`,
      ok: builtInScenarios().length > 0,
      advice: 'the folder "scenarios" is missing from the package',
    },
    {
      name: 'lessons',
      value: String(lessonFolders().length),
      ok: lessonFolders().length > 0,
      advice: 'the folder "lessons" is missing from the package',
    },
  ]
}

function terminal(): Finding[] {
  const { stdout, stdin } = process
  if (!stdout.isTTY || !stdin.isTTY)
    return [{ name: 'terminal', value: 'none: the screen needs one, `netlab shell` does not', ok: true, advice: '' }]
  const { columns, rows } = stdout
  const colours = process.env['NO_COLOR'] ? 'off (NO_COLOR)' : `${2 ** stdout.getColorDepth()} colours`
  return [
    {
      name: 'terminal',
      value: `${process.env['TERM'] ?? 'no TERM'}, ${columns}x${rows}`,
      ok: columns >= MIN_COLUMNS && rows >= MIN_ROWS,
      advice: `make it at least ${MIN_COLUMNS}x${MIN_ROWS}`,
    },
    { name: 'colours', value: colours, ok: true, advice: '' },
  ]
}

function folders(): Finding[] {
  const { data, config, state } = netlabDirs()
  const cache = codeCacheFolder()
  return [
    folder('progress', data),
    ...(config === data ? [] : [folder('settings', config)]),
    ...(state === data ? [] : [folder('history', state)]),
    { name: 'code cache', value: cache ?? 'none', ok: true, advice: '' },
  ]
}

function folder(name: string, path: string): Finding {
  try {
    if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o700 })
    accessSync(path, constants.W_OK)
    return { name, value: path, ok: true, advice: '' }
  } catch (error) {
    return {
      name,
      value: path,
      ok: false,
      advice: `cannot be written (${(error as NodeJS.ErrnoException).code}); set NLAB_HOME to a folder that can, else what is kept there lasts as long as the program`,
    }
  }
}
