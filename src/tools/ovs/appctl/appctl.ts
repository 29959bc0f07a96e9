// ovs-appctl: asks a running daemon of Open vSwitch.
import type { Command } from '../../../node/command.js'
import { notEmulated } from '../../../node/command.js'
import { OVS_RUNDIR, openvswitchOn, runningVSwitch } from '../../../node/daemons/openvswitch.js'
import type { Process } from '../../../node/process.js'
import { commandNamed, commandsOf } from './commands.js'
import { NotBuilt, ServerError } from './context.js'

const USAGE = `ovs-appctl, for querying and controlling Open vSwitch daemon
usage: ovs-appctl [TARGET] COMMAND [ARG...]
Targets:
  -t, --target=TARGET  pidfile or socket to contact
Common commands:
  list-commands      List commands supported by the target
  version            Print version of the target
  vlog/list          List current logging levels
  vlog/list-pattern  List logging patterns for each destination.
  vlog/set [SPEC]
      Set log levels as detailed in SPEC, which may include:
      A valid module name (all modules, by default)
      'syslog', 'console', 'file' (all destinations, by default))
      'off', 'emer', 'err', 'warn', 'info', or 'dbg' ('dbg', bydefault)
  vlog/reopen        Make the program reopen its log file
Other options:
  --timeout=SECS     wait at most SECS seconds for a response
  -h, --help         Print this helpful information
  -V, --version      Display ovs-appctl version information
`

interface Call {
  target: string
  words: readonly string[]
}

/** A number: done, with that exit code. */
function readOptions(proc: Process, version: string): Call | number {
  const args = proc.argv.slice(1)
  let target = 'ovs-vswitchd'
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (!arg.startsWith('-') || arg === '-') return { target, words: args.slice(i) }
    const [name, value] =
      arg.startsWith('--') && arg.includes('=') ? [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)] : [arg, null]
    switch (name) {
      case '-t':
      case '--target':
      case '-T':
      case '--timeout': {
        const given = value ?? args[++i]
        if (given === undefined) return refuse(proc, `ovs-appctl: option '${name}' requires an argument`)
        if (name === '-t' || name === '--target') target = given
        break
      }
      case '-h':
      case '--help':
        proc.out(USAGE)
        return 0
      case '-V':
      case '--version':
        proc.out(`ovs-appctl (Open vSwitch) ${version}\n`)
        return 0
      default:
        if (name.startsWith('-t') && !name.startsWith('--')) target = name.slice(2)
        else
          return refuse(
            proc,
            name.startsWith('--') ? `ovs-appctl: unrecognized option '${name}'` : `ovs-appctl: invalid option -- '${name[1]}'`,
          )
    }
  }
  return { target, words: [] }
}

/** The tool's log says it first. */
function noPidfile(proc: Process, path: string): 1 {
  const at = `${new Date(Math.floor(proc.machine.clockUs / 1000)).toISOString().slice(0, 19)}Z`
  proc.error(`${at}|00001|daemon_unix|WARN|${path}: open: No such file or directory`)
  return refuse(proc, `ovs-appctl: cannot read pidfile "${path}" (No such file or directory)`)
}

function refuse(proc: Process, text: string): 1 {
  proc.error(text)
  return 1
}

async function run(proc: Process): Promise<number> {
  const version = proc.machine.image.tool('ovs')
  const call = readOptions(proc, version ?? '3.1.0')
  if (typeof call === 'number') return call
  if (call.words.length === 0) return refuse(proc, 'ovs-appctl: at least one non-option argument is required (use --help for help)')
  const [name, ...args] = call.words
  if (!/(^|\/)ovs-vswitchd(\.\d+\.ctl|\.pid)?$/.test(call.target)) return otherTarget(proc, call.target, name!)
  return ask(proc, name!, args)
}

function otherTarget(proc: Process, target: string, name: string): number {
  if (/(^|\/)ovsdb-server/.test(target)) return notEmulated(proc, `${target}: ${name}`)
  const pidfile = target.startsWith('/') ? target : `${OVS_RUNDIR}/${target}.pid`
  return noPidfile(proc, pidfile)
}

async function ask(proc: Process, name: string, args: readonly string[]): Promise<number> {
  const vswitch = await runningVSwitch(proc.machine)
  if (vswitch === null) return noPidfile(proc, `${OVS_RUNDIR}/ovs-vswitchd.pid`)
  const found = commandNamed(name, vswitch.version)
  const failed = (text: string): number => {
    proc.error(text)
    proc.error('ovs-appctl: ovs-vswitchd: server returned an error')
    return 2
  }
  if (found === undefined)
    return failed(
      `"${name}" is not a valid command${vswitch.atLeast(2, 13) ? ' (use "list-commands" to see a list of valid commands)' : ''}`,
    )
  if (args.length < found.min) return failed(`"${name}" command requires at least ${found.min} arguments`)
  if (args.length > found.max) return failed(`"${name}" command takes at most ${found.max} arguments`)
  if (found.run === null) return notEmulated(proc, name)
  try {
    const text = found.run({ proc, vswitch }, args)
    proc.out(text === '' || text.endsWith('\n') ? text : `${text}\n`)
  } catch (error) {
    if (error instanceof NotBuilt) return notEmulated(proc, error.message)
    if (error instanceof ServerError) return failed(error.message)
    throw error
  }
  if (name === 'exit') openvswitchOn(proc.machine)?.vswitchd?.end(0, null)
  return 0
}

export const ovsAppctl: Command = {
  name: 'ovs-appctl',
  path: '/usr/bin/ovs-appctl',
  changes: true,
  usage: USAGE,
  run,
  complete: ({ proc, index, words, current }) => {
    const version = proc.machine.image.tool('ovs')
    if (version === undefined || index > 1 + (words[1]?.startsWith('-') === true ? 2 : 0)) return []
    return commandsOf(version)
      .map((each) => each.name)
      .filter((each) => each.startsWith(current))
  },
}
