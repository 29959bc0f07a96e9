// The programs bash and sh: a script, a command line with -c, or a prompt.

import { KernelError } from '../kernel/errno.js'
import type { Command } from '../node/command.js'
import type { Machine } from '../node/machine.js'
import { emptyInput, nullOutputFile, OpenFile } from '../node/open-file.js'
import { Process } from '../node/process.js'
import { ProcessKilled } from '../node/process-end.js'
import type { Terminal } from '../node/terminal.js'
import { ExitShell, Interrupted, ReturnFrom, ShellError } from './control.js'
import { runScript } from './execute.js'
import { interact } from './interactive.js'
import { OPTION_LETTERS, type OptionName } from './options.js'
import { parseShell } from './parse.js'
import { readWhole } from './read-whole.js'
import { Shell, type ShellFlavour, type ShellMode } from './shell.js'

interface Invocation {
  shows: '--version' | '--help' | null
  command: string | null
  isLogin: boolean
  isInteractive: boolean
  readsStdin: boolean
  options: [OptionName, boolean][]
  rest: string[]
}

const IGNORED_LONG = new Set(['--norc', '--noprofile', '--posix', '--noediting', '--rcfile', '--init-file', '--restricted', '--verbose'])

function invocation(argv: readonly string[]): Invocation | string {
  const result: Invocation = {
    shows: null,
    command: null,
    isLogin: argv[0]?.startsWith('-') === true,
    isInteractive: false,
    readsStdin: false,
    options: [],
    rest: [],
  }
  let takesCommand = false
  let i = 1
  for (; i < argv.length; i++) {
    const arg = argv[i]!
    if (arg === '--' || arg === '-') {
      i++
      break
    }
    if (arg === '--version' || arg === '--help') result.shows = arg
    else if (arg === '--login') result.isLogin = true
    else if (IGNORED_LONG.has(arg)) i += arg === '--rcfile' || arg === '--init-file' ? 1 : 0
    else if (arg.startsWith('--')) return arg
    else if (/^[-+]./.test(arg)) {
      for (const letter of arg.slice(1)) {
        if (letter === 'c') takesCommand = true
        else if (letter === 'l') result.isLogin = true
        else if (letter === 'i') result.isInteractive = true
        else if (letter === 's') result.readsStdin = true
        else if (letter === 'o') result.options.push([argv[++i] as OptionName, arg.startsWith('-')])
        else if (OPTION_LETTERS[letter] !== undefined) result.options.push([OPTION_LETTERS[letter]!, arg.startsWith('-')])
        else return `-${letter}`
      }
    } else break
  }
  result.rest = argv.slice(i)
  if (takesCommand) result.command = result.rest.shift() ?? ''
  return result
}

function about(proc: Process, flavour: ShellFlavour, what: '--version' | '--help'): number {
  if (flavour !== 'bash') {
    proc.error(`${proc.name}: 0: Illegal option --`)
    return 2
  }
  if (what === '--version') proc.line(`GNU bash, version ${proc.machine.image.tool('bash')}(1)-release (x86_64-pc-linux-gnu)`)
  else proc.line(`Usage:\t${bashCommand.usage}`)
  return 0
}

async function runShell(proc: Process, flavour: ShellFlavour): Promise<number> {
  const parsed = invocation(proc.argv)
  if (typeof parsed === 'string') {
    proc.error(`${proc.name}: ${parsed}: invalid option`)
    return 2
  }
  if (parsed.shows !== null) return about(proc, flavour, parsed.shows)
  const file = parsed.command === null && !parsed.readsStdin ? parsed.rest[0] : undefined
  const isInteractive = parsed.isInteractive || (parsed.command === null && file === undefined && proc.fds.get(0)?.isTty === true)
  const mode: ShellMode = isInteractive ? 'interactive' : parsed.command !== null ? 'command' : 'script'
  const name = parsed.command !== null ? (parsed.rest[0] ?? proc.argv[0]!) : (file ?? proc.argv[0]!)
  const shell = new Shell(proc, { flavour, mode, isLogin: parsed.isLogin, name })
  for (const [option, value] of parsed.options) shell.options[option] = value
  shell.positional = parsed.command !== null || file !== undefined ? parsed.rest.slice(1) : parsed.rest
  shell.variables.set('SHLVL', String(Number(shell.variables.get('SHLVL') ?? 0) + 1))
  shell.variables.find('SHLVL')!.isExported = true
  shell.variables.touched()
  return wholeLife(shell, async () => {
    if (parsed.isLogin) await startupFiles(shell)
    else if (isInteractive) await sourceIfThere(shell, '~/.bashrc')
    if (parsed.command !== null) return runCommandText(shell, parsed.command)
    if (file !== undefined) return runFile(shell, file)
    if (isInteractive) return interact(shell)
    return runInput(shell)
  })
}

/** Runs to the end, whatever the way out; the EXIT trap last. */
async function wholeLife(shell: Shell, body: () => Promise<void>): Promise<number> {
  try {
    await body()
  } catch (error) {
    if (error instanceof ExitShell) shell.lastStatus = error.code
    else if (error instanceof ReturnFrom) shell.lastStatus = error.code
    else if (error instanceof Interrupted) throw new ProcessKilled('INT')
    else if (error instanceof ShellError) {
      shell.error(error.message)
      shell.lastStatus = error.code
    } else throw error
  }
  await shell.runExitTrap()
  return shell.lastStatus
}

async function runCommandText(shell: Shell, text: string): Promise<void> {
  shell.mayExecInPlace = parseShell(text).script.commands.length === 1
  await runScript(shell, text)
}

async function runFile(shell: Shell, path: string): Promise<void> {
  let text: string
  try {
    text = await readWhole(shell.proc, path)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    shell.proc.error(
      error.errno === 'EISDIR'
        ? `${path}: ${path}: Is a directory`
        : `${shell.flavour === 'bash' ? 'bash' : 'sh'}: ${path}: ${error.message}`,
    )
    throw new ExitShell(error.errno === 'ENOENT' ? 127 : 126)
  }
  if (text.startsWith('\x7fELF')) {
    shell.proc.error(`${path}: ${path}: cannot execute binary file`)
    throw new ExitShell(126)
  }
  await runScript(shell, text)
}

/** Commands from standard input: complete ones are run as they come. */
async function runInput(shell: Shell): Promise<void> {
  let pending = ''
  for (;;) {
    const line = await shell.proc.input(0)?.readLine()
    if (line === null || line === undefined) break
    pending += `${line}\n`
    // It is parsed again with every line that comes.
    const pause = shell.proc.pause(pending.length)
    if (pause !== null) await pause
    if (parseShell(pending).isIncomplete) continue
    await runScript(shell, pending)
    pending = ''
  }
  if (pending !== '') await runScript(shell, pending)
}

async function startupFiles(shell: Shell): Promise<void> {
  await sourceIfThere(shell, '/etc/profile')
  for (const name of ['~/.bash_profile', '~/.bash_login', '~/.profile']) if (await sourceIfThere(shell, name)) return
}

async function sourceIfThere(shell: Shell, name: string): Promise<boolean> {
  const path = name.replace(/^~/, shell.variables.get('HOME') ?? '/root')
  if (!shell.proc.files.isFile(path)) return false
  await runScript(shell, shell.proc.files.read(path))
  return true
}

function sh(proc: Process): Promise<number> {
  const { family } = proc.machine.image
  return runShell(proc, family === 'cirros' ? 'ash' : family === 'redhat' ? 'bash' : 'dash')
}

export const bashCommand: Command = {
  name: 'bash',
  path: '/bin/bash',
  usage: 'bash [-eilux] [-o OPTION] [-c COMMAND | FILE] [ARGUMENT...]',
  run: (proc) => runShell(proc, 'bash'),
}
export const shCommand: Command = { name: 'sh', path: '/bin/sh', usage: 'sh [-eux] [-c COMMAND | FILE] [ARGUMENT...]', run: sh }

export interface LoginOptions {
  readonly user?: string
  readonly stdin?: OpenFile
  readonly stdout?: OpenFile
  readonly stderr?: OpenFile
  readonly tty?: Terminal | null
  readonly env?: ReadonlyMap<string, string>
  readonly cwd?: string
}

/** The environment of a login of `user`. */
export function loginEnvironment(machine: Machine, name: string): Map<string, string> {
  const user = machine.users.byName(name)
  const isRoot = user?.uid === 0
  const path = isRoot
    ? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
    : '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin'
  return new Map([
    ['HOME', user?.home ?? '/'],
    ['LOGNAME', name],
    ['MAIL', `/var/mail/${name}`],
    ['PATH', path],
    ['SHELL', user?.shell ?? '/bin/sh'],
    ['USER', name],
  ])
}

/** A shell that the lab drives line by line: root's by default, without a terminal. */
export function openScriptedShell(machine: Machine, options: LoginOptions = {}): Shell {
  const name = options.user ?? 'root'
  const user = machine.users.byName(name)
  const env = loginEnvironment(machine, name)
  for (const [key, value] of options.env ?? []) env.set(key, value)
  const isCirros = machine.image.family === 'cirros'
  const proc = new Process(machine, machine.init, [isCirros ? '-sh' : '-bash'], {
    stdin: options.stdin ?? emptyInput(),
    stdout: options.stdout ?? nullOutputFile(),
    stderr: options.stderr ?? nullOutputFile(),
    env,
    cwd: options.cwd ?? user?.home ?? '/',
    uid: user?.uid ?? 0,
    gid: user?.gid ?? 0,
    session: 'new',
    tty: options.tty ?? null,
  })
  proc.hold()
  return new Shell(proc, { flavour: isCirros ? 'ash' : 'bash', mode: 'scripted', isLogin: true, name: isCirros ? '-sh' : '-bash' })
}

/** A login at a terminal: a process that prompts until it exits. */
export function startLogin(machine: Machine, tty: Terminal, options: LoginOptions & { banner?: string } = {}): Process {
  const name = options.user ?? 'root'
  const user = machine.users.byName(name)
  const env = loginEnvironment(machine, name)
  env.set('TERM', 'xterm-256color')
  for (const [key, value] of options.env ?? []) env.set(key, value)
  const file = (): OpenFile => new OpenFile(tty, tty, null, `/dev/${tty.name}`)
  const isCirros = machine.image.family === 'cirros'
  const proc = new Process(machine, machine.init, [isCirros ? '-sh' : '-bash'], {
    stdin: file(),
    stdout: file(),
    stderr: file(),
    env,
    cwd: options.cwd ?? user?.home ?? '/',
    uid: user?.uid ?? 0,
    gid: user?.gid ?? 0,
    session: 'new',
    tty,
  })
  tty.foreground = proc.pgid
  if (options.banner !== undefined) tty.write(options.banner)
  proc.start(1000, (self) => runShell(self, isCirros ? 'ash' : 'bash'))
  return proc
}
