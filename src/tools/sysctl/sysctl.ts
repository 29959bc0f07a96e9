// `sysctl`: kernel settings of the namespace read and written, as procps 3.2, 3.3 and 4.0 do it.
import { boundedRegex } from '../../grammar/bounded-regex.js'
import { type GetoptGrammar, getoptMessage, type ParsedOptions, parseOptions } from '../../grammar/getopt.js'
import { errnoText, KernelError } from '../../kernel/errno.js'
import type { NetNamespace } from '../../kernel/netns.js'
import type { Command, CompletionContext } from '../../node/command.js'
import { atLeast } from '../../node/image.js'
import type { Process } from '../../node/process.js'

export interface SysctlHost {
  out(text: string): void
  error(line: string): void
  readonly netns: NetNamespace
  readonly isRoot: boolean
  /** procps. */
  readonly version: string
  /** Null: no such file. */
  readFile(path: string): string | null
  listDirectory(path: string): string[]
}

export const SYSCTL_USAGE = `
Usage:
 sysctl [options] [variable[=value] ...]

Options:
  -a, --all            display all variables
  -A, -X, -x           as -a, or nothing: kept from of old
  -b, --binary         print value without new line
  -e, --ignore         ignore unknown variables errors
  -N, --names          print variable names without values
  -n, --values         print only values of the given variables
  -p, -f, --load[=<file>] read values from a file
      --system         read values from all system directories
  -r, --pattern <expression>
                       select setting that match expression
  -q, --quiet          do not echo variable set
  -w, --write          enable writing a value to variable
  -o                   does nothing
  -h, -d, --help       display this help and exit
  -V, --version        output version information and exit`

export const sysctlGrammar: GetoptGrammar = {
  options: [
    { name: 'all', short: 'aAX', long: 'all' },
    { name: 'nothing', short: 'xo', long: 'dry-run' },
    { name: 'binary', short: 'b', long: 'binary' },
    { name: 'ignore', short: 'e', long: 'ignore' },
    { name: 'names', short: 'N', long: 'names' },
    { name: 'values', short: 'n', long: 'values' },
    { name: 'load', short: 'pf', long: 'load', value: 'optional' },
    { name: 'system', long: 'system' },
    { name: 'pattern', short: 'r', long: 'pattern', value: 'required' },
    { name: 'quiet', short: 'q', long: 'quiet' },
    { name: 'write', short: 'w', long: 'write' },
    { name: 'help', short: 'hd', long: 'help' },
    { name: 'version', short: 'V', long: 'version' },
  ],
}

/** The dotted way to write a key: a dot inside a device's name is a slash there. */
export function dottedKey(key: string): string {
  const first = /[./]/.exec(key)
  if (first === null || first[0] === '.') return key
  return key.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/'))
}

/** Where it lies in /proc/sys. */
function pathOf(key: string): string {
  return `/proc/sys/${dottedKey(key).replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'))}`
}

/** Kept from of old: read where they are named, left out of lists. */
function isListed(key: string): boolean {
  return !key.endsWith('.base_reachable_time') && !key.endsWith('.retrans_time')
}

class SysctlRun {
  private code = 0
  constructor(
    private readonly host: SysctlHost,
    private readonly options: ParsedOptions,
  ) {}

  get exitCode(): number {
    return this.code
  }

  private fail(line: string): void {
    this.host.error(line)
    this.code = atLeast(this.host.version, '3.3') ? 1 : 255
  }

  private missing(key: string): void {
    if (this.options.has('ignore')) return
    if (atLeast(this.host.version, '3.3')) this.fail(`sysctl: cannot stat ${pathOf(key)}: No such file or directory`)
    else this.fail(`error: "${dottedKey(key)}" is an unknown key`)
  }

  private denied(key: string): void {
    const name = dottedKey(key)
    if (atLeast(this.host.version, '4.0')) this.fail(`sysctl: permission denied on key "${name}"`)
    else this.fail(`${atLeast(this.host.version, '3.3') ? 'sysctl' : 'error'}: permission denied on key '${name}'`)
  }

  private refused(key: string, error: KernelError): void {
    const name = dottedKey(key)
    const reason = errnoText(error.errno)
    if (atLeast(this.host.version, '4.0')) this.fail(`sysctl: setting key "${name}": ${reason}`)
    else if (atLeast(this.host.version, '3.3')) this.fail(`sysctl: setting key "${name}": ${reason}`)
    else this.fail(`error: "${reason}" setting key "${name}"`)
  }

  private print(key: string, value: string): void {
    const { options } = this
    if (options.has('names')) this.host.out(`${key}\n`)
    else if (options.has('binary')) this.host.out(value)
    else if (options.has('values')) this.host.out(`${value}\n`)
    else
      this.host.out(
        `${value
          .split('\n')
          .map((line) => `${key} = ${line}\n`)
          .join('')}`,
      )
  }

  /** A key, or all below a directory. */
  read(key: string): void {
    const { sysctl } = this.host.netns
    const name = dottedKey(key)
    const value = sysctl.read(name)
    if (value !== null) return this.print(name, value)
    const below = sysctl.list(name)
    if (below.length === 0) return this.missing(key)
    for (const each of below.filter(isListed)) this.print(each, sysctl.read(each) ?? '')
  }

  readAll(): void {
    const { sysctl } = this.host.netns
    const pattern = this.options.value('pattern')
    const expression = pattern === null ? null : boundedRegex(pattern, '')
    for (const key of sysctl.list().filter(isListed))
      if (expression === null || expression.test(key)) this.print(key, sysctl.read(key) ?? '')
  }

  /** `key=value`, from the command line or a file. */
  write(key: string, value: string): void {
    const { sysctl } = this.host.netns
    const name = dottedKey(key)
    if (!sysctl.has(name)) return this.missing(key)
    try {
      if (!this.host.isRoot) throw new KernelError('EACCES')
      sysctl.write(name, value)
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      if (error.errno === 'EACCES' || error.errno === 'EPERM') this.denied(key)
      else this.refused(key, error)
      return
    }
    if (!this.options.has('quiet')) this.print(name, value)
  }

  /** One word of the command line. */
  word(word: string): void {
    const equals = word.indexOf('=')
    if (equals >= 0) return this.write(word.slice(0, equals).trim(), word.slice(equals + 1).trim())
    if (!this.options.has('write')) return this.read(word)
    if (atLeast(this.host.version, '4.0')) this.fail('sysctl: command line(0): invalid syntax, continuing...')
    else if (atLeast(this.host.version, '3.3')) this.fail(`sysctl: "${word}" must be of the form name=value`)
    else this.fail(`error: "${word}" must be of the form name=value`)
  }

  load(path: string): void {
    const text = this.host.readFile(path)
    if (text === null) {
      const reason = 'No such file or directory'
      if (atLeast(this.host.version, '3.3')) this.fail(`sysctl: cannot open "${path}": ${reason}`)
      else this.fail(`error: ${reason} reading key file "${path}"`)
      return
    }
    for (const [i, raw] of text.split('\n').entries()) this.line(path, i + 1, raw.trim())
  }

  private line(path: string, number: number, line: string): void {
    if (line === '' || line.startsWith('#') || line.startsWith(';')) return
    const equals = line.indexOf('=')
    if (equals < 0) {
      this.host.error(`sysctl: ${path}(${number}): invalid syntax, continuing...`)
      return
    }
    // A leading dash: a failure does not matter.
    const key = line.slice(0, equals).trim()
    const mayFail = key.startsWith('-')
    const before = this.code
    this.write(mayFail ? key.slice(1) : key, line.slice(equals + 1).trim())
    if (mayFail) this.code = before
  }
}

const SYSTEM_DIRECTORIES = ['/run/sysctl.d', '/etc/sysctl.d', '/usr/local/lib/sysctl.d', '/usr/lib/sysctl.d', '/lib/sysctl.d']

function loadSystem(host: SysctlHost, run: SysctlRun): void {
  const files = new Map<string, string>()
  for (const directory of SYSTEM_DIRECTORIES) {
    for (const name of host.listDirectory(directory))
      if (name.endsWith('.conf') && !files.has(name)) files.set(name, `${directory}/${name}`)
  }
  const paths = [...files.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path)
  for (const path of [...paths, '/etc/sysctl.conf']) {
    if (host.readFile(path) === null) continue
    host.out(`* Applying ${path} ...\n`)
    run.load(path)
  }
}

export function runSysctl(host: SysctlHost, argv: readonly string[]): number {
  const options = parseOptions(sysctlGrammar, argv)
  if (options.problem !== null) {
    host.error(getoptMessage('sysctl', options.problem))
    host.error(SYSCTL_USAGE)
    return 1
  }
  if (options.has('help')) {
    host.out(`${SYSCTL_USAGE}\n`)
    return 0
  }
  if (options.has('version')) {
    host.out(atLeast(host.version, '3.3') ? `sysctl from procps-ng ${host.version}\n` : `sysctl (procps version ${host.version})\n`)
    return 0
  }
  const run = new SysctlRun(host, options)
  if (options.has('system')) loadSystem(host, run)
  else if (options.has('load')) {
    const named = options.value('load')
    const files = [...(named === null ? [] : [named]), ...options.operands]
    for (const file of files.length === 0 ? ['/etc/sysctl.conf'] : files) run.load(file)
  } else if (options.has('all') || (options.has('pattern') && options.operands.length === 0)) run.readAll()
  else if (options.operands.length === 0) {
    if (argv.length === 0) host.error(SYSCTL_USAGE)
    else host.error("sysctl: no variables specified\nTry `sysctl --help' for more information.")
    return 1
  } else for (const word of options.operands) run.word(word)
  return run.exitCode
}

function hostOf(proc: Process): SysctlHost {
  return {
    out: (text) => proc.out(text),
    error: (line) => proc.error(line),
    netns: proc.netns,
    isRoot: proc.isRoot,
    version: proc.machine.image.tool('procps'),
    readFile: (path) => {
      try {
        return proc.files.read(path)
      } catch {
        return null
      }
    },
    listDirectory: (path) => {
      try {
        return proc.files.list(path)
      } catch {
        return []
      }
    },
  }
}

/** One component at a time. */
function complete(context: CompletionContext): string[] {
  const { current } = context
  const depth = current.split('.').length
  const names = context.proc.netns.sysctl.list().filter((name) => name.startsWith(current))
  return [...new Set(names.map((name) => name.split('.').slice(0, depth).join('.') + (name.split('.').length > depth ? '.' : '')))]
}

export const sysctlCommand: Command = {
  name: 'sysctl',
  path: '/sbin/sysctl',
  run: (proc) => runSysctl(hostOf(proc), proc.argv.slice(1)),
  complete,
  changes: true,
  usage: SYSCTL_USAGE,
}
