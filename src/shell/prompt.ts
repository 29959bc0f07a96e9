// Prompt escapes: \u \h \w \$ and the rest; then what stands inside is expanded.

import { ShellError } from './control.js'
import { expandText } from './expand.js'
import type { Shell } from './shell.js'

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The prompt that a line is asked with; commands inside run, and $? stays what it was. */
export async function promptOf(shell: Shell, name: 'PS1' | 'PS2'): Promise<string> {
  const standard = name === 'PS2' ? '> ' : shell.proc.isRoot ? '# ' : '$ '
  const text = shell.variables.get(name) ?? standard
  if (!/\$\(|`/.test(text)) return expandPromptText(shell, text)
  const status = shell.lastStatus
  try {
    return await expandText(shell, withoutEscapes(shell, text))
  } catch (error) {
    if (!(error instanceof ShellError)) throw error
    shell.error(error.message)
    return standard
  } finally {
    shell.lastStatus = status
  }
}

/** Differs: ${NAME@P} does not wait, and so leaves commands inside the text out. */
export function expandPromptText(shell: Shell, text: string): string {
  return expandVariables(shell, withoutEscapes(shell, text))
}

function withoutEscapes(shell: Shell, text: string): string {
  return text.replace(/\\(\[|\]|[0-7]{1,3}|.)/gs, (whole, code: string) => escapeValue(shell, code) ?? whole)
}

function escapeValue(shell: Shell, code: string): string | null {
  const { proc } = shell
  const date = new Date(Math.floor(proc.clock / 1000))
  const two = (n: number): string => String(n).padStart(2, '0')
  switch (code) {
    case 'u':
      return proc.user
    case 'h':
      return proc.machine.hostname.split('.')[0]!
    case 'H':
      return proc.machine.hostname
    case 'w':
      return tilde(shell, proc.cwd)
    case 'W':
      return tilde(shell, proc.cwd) === '~' ? '~' : proc.cwd === '/' ? '/' : proc.cwd.replace(/^.*\//, '')
    case '$':
      return proc.isRoot ? '#' : '$'
    case 'n':
      return '\n'
    case 'r':
      return '\r'
    case 'a':
      return '\x07'
    case 'e':
      return '\x1b'
    case '\\':
      return '\\'
    case '[':
    case ']':
      return ''
    case 's':
      return shell.baseName
    case 'v':
      return proc.machine.image.tool('bash').split('.').slice(0, 2).join('.')
    case 'V':
      return proc.machine.image.tool('bash')
    case 'j':
      return String(shell.jobs.jobs.length)
    case '!':
      return String(shell.history.length + 1)
    case '#':
      return String(shell.history.length + 1)
    case 'l':
      return proc.tty?.name.replace(/^.*\//, '') ?? ''
    case 't':
      return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
    case 'T':
      return `${two(date.getUTCHours() % 12 || 12)}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
    case 'A':
      return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`
    case 'd':
      return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())}`
    default:
      return /^[0-7]+$/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : null
  }
}

function tilde(shell: Shell, path: string): string {
  const home = shell.variables.get('HOME')
  if (home === null || home === '/' || home === '') return path
  return path === home ? '~' : path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
}

function expandVariables(shell: Shell, text: string): string {
  return text
    .replace(/\$\{(\w+)(?::([-+])([^}]*))?\}/g, (_, name: string, operator: string | undefined, word: string | undefined) => {
      const value = shell.parameter(name) ?? ''
      if (operator === '-') return value === '' ? (word ?? '') : value
      if (operator === '+') return value === '' ? '' : (word ?? '')
      return value
    })
    .replace(/\$(\w+|\?)/g, (_, name: string) => shell.parameter(name) ?? '')
    .replace(/\$\([^)]*\)/g, '')
}
