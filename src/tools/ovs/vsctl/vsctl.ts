// `ovs-vsctl`: asks and changes the database of Open vSwitch, and waits until ovs-vswitchd has followed.
import type { GetoptGrammar } from '../../../grammar/getopt.js'
import type { Command } from '../../../node/command.js'
import { OVS_SOCKET, openvswitchOn } from '../../../node/daemons/openvswitch.js'
import type { Process } from '../../../node/process.js'
import type { OvsDb } from '../../../ovs/db/database.js'
import { DatumFault } from '../../../ovs/db/datum-parse.js'
import { printTable } from '../../../ovs/db/print-table.js'
import { schemaOf } from '../../../ovs/db/tables.js'
import { newlyUnemulated } from '../../../ovs/db/unemulated.js'
import { atLeast } from '../../../ovs/version.js'
import { bridgeCommands } from './bridges.js'
import { type ParsedCommand, parseCommands, type VsctlCall, type VsctlCommand } from './command.js'
import { completeVsctl } from './complete.js'
import { globalOptionNames, optionGrammar, readOptions, type VsctlOptions } from './options.js'
import { portCommands } from './ports.js'
import { recordCommands } from './records.js'
import { Fatal, TryAgain, VsctlSession } from './session.js'
import { switchCommands } from './switch.js'
import { vsctlUsage } from './usage.js'

const ALL: readonly VsctlCommand[] = [...switchCommands, ...bridgeCommands, ...portCommands, ...recordCommands]
/** What a client needs to connect, ask and print. */
const CLIENT_US = 1500

async function run(proc: Process): Promise<number> {
  try {
    return await runVsctl(proc)
  } catch (error) {
    if (error instanceof Fatal || error instanceof DatumFault) {
      if (error.message !== '') proc.error(`${proc.name}: ${error.message}`)
      return error instanceof Fatal ? error.code : 1
    }
    throw error
  }
}

interface Vocabulary {
  readonly commands: ReadonlyMap<string, VsctlCommand>
  readonly grammar: GetoptGrammar
}

const vocabularies = new Map<string, Vocabulary>()

function wordsOf(version: string): Vocabulary {
  let words = vocabularies.get(version)
  if (words === undefined) {
    const known = ALL.filter(({ since }) => since === undefined || atLeast(version, since))
    words = { commands: new Map(known.map((command) => [command.name, command])), grammar: optionGrammar(known) }
    vocabularies.set(version, words)
  }
  return words
}

async function runVsctl(proc: Process): Promise<number> {
  const version = proc.machine.image.tool('ovs')
  const { commands, grammar } = wordsOf(version)
  const options = readOptions(proc.argv.slice(1), proc.name, grammar)
  if (typeof options === 'string') {
    proc.error(options)
    return 1
  }
  if (options.shows !== null) return tell(proc, options.shows, commands)
  const parsed = parseCommands(options.words, options.local, commands)
  await proc.compute(CLIENT_US)
  const db = await connect(proc, options)
  return await new VsctlRun(proc, db, options, parsed).run()
}

function tell(proc: Process, what: 'help' | 'version' | 'commands' | 'options', commands: ReadonlyMap<string, VsctlCommand>): number {
  const version = proc.machine.image.tool('ovs')
  switch (what) {
    case 'help':
      proc.out(vsctlUsage(proc.name))
      return 0
    case 'version':
      proc.line(`${proc.name} (Open vSwitch) ${version}`)
      if (atLeast(version, '2.3')) proc.line(`DB Schema ${schemaOf(version).version}`)
      else proc.line('Compiled May 15 2014 15:47:48')
      return 0
    case 'commands':
      for (const { name, words, options } of commands.values())
        proc.line(`${(options ?? []).map((option) => `[${option}] `).join('')},${name},${words}`)
      return 0
    case 'options':
      for (const name of globalOptionNames()) proc.line(name)
      return 0
  }
}

async function connect(proc: Process, options: VsctlOptions): Promise<OvsDb> {
  const target = options.db ?? `unix:${OVS_SOCKET}`
  const failed = (why: string): Fatal => {
    if (!atLeast(proc.machine.image.tool('ovs'), '2.6')) log(proc, 1, 'reconnect', `${target}: connection attempt failed (${why})`)
    return new Fatal(`${target}: database connection failed (${why})`)
  }
  const path = /^unix:(.*)$/.exec(target)?.[1]
  if (path === undefined) throw new Fatal(`${target}: not emulated by netlab (the database listens on unix:${OVS_SOCKET})`, 126)
  if (path.replace(/^\/run\//, '/var/run/') !== OVS_SOCKET) throw failed('No such file or directory')
  if (!proc.isRoot) throw failed('Permission denied')
  const answer = (await openvswitchOn(proc.machine)?.connect()) ?? 'ENOENT'
  if (typeof answer === 'string') throw failed(answer === 'ENOENT' ? 'No such file or directory' : 'Connection refused')
  return answer
}

/** A line of the tool's own log on its standard error. */
function log(proc: Process, count: number, module: string, text: string): void {
  const time = new Date(Math.floor(proc.clock / 1000)).toISOString().replace(/\.\d+Z/, 'Z')
  proc.error(`${time}|${String(count).padStart(5, '0')}|${module}|WARN|${text}`)
}

class VsctlRun {
  private readonly deadlineUs: number

  constructor(
    private readonly proc: Process,
    private readonly db: OvsDb,
    private readonly options: VsctlOptions,
    private readonly commands: readonly ParsedCommand[],
  ) {
    this.deadlineUs = options.timeoutS === 0 ? Number.POSITIVE_INFINITY : proc.nowUs + options.timeoutS * 1e6
  }

  async run(): Promise<number> {
    for (;;) {
      const session = new VsctlSession(this.db)
      try {
        return await this.attempt(session)
      } catch (error) {
        if (!(error instanceof TryAgain)) throw error
        if (!(await this.waitForCommit())) return this.timedOut()
      }
    }
  }

  private async attempt(session: VsctlSession): Promise<number> {
    const calls = this.commands.map((command, i) => callOf(session, command, i === this.commands.length - 1))
    this.each(session, calls, (call, { prepare }) => prepare?.(call))
    this.each(session, calls, (call, { run: act }) => act(call))
    session.checkNames()
    this.say(session)
    const { hasChanges } = session.txn
    const unemulated = hasChanges ? newlyUnemulated(session.txn) : []
    if (unemulated.length > 0) throw new Fatal(`${unemulated.join(', ')}: not emulated by netlab (nothing was changed)`, 126)
    const wanted = hasChanges && this.options.waits ? (session.root.number('next_cfg') ?? 0) + 1 : null
    if (wanted !== null) session.root.set('next_cfg', { keys: [wanted], values: [] })
    const fault = this.options.isDry ? null : session.txn.commit()
    if (fault !== null) throw new Fatal(`transaction error: ${JSON.stringify({ details: fault.details, error: fault.error })}`)
    for (const call of calls) this.print(call)
    if (wanted === null || this.options.isDry) return 0
    while ((this.db.root?.number('cur_cfg') ?? 0) < wanted) if (!(await this.waitForCommit())) return this.timedOut()
    this.tellFailures(session)
    return 0
  }

  /** What is already known to be wrong ends the line, but its warnings come first. */
  private each(session: VsctlSession, calls: readonly VsctlCall[], act: (call: VsctlCall, command: VsctlCommand) => void): void {
    try {
      for (const [i, call] of calls.entries()) act(call, this.commands[i]!.command)
    } catch (error) {
      if (!(error instanceof TryAgain)) this.say(session)
      throw error
    }
  }

  private say(session: VsctlSession): void {
    let count = 2
    for (const { module, text } of session.warnings.splice(0)) if (!this.options.isQuiet) log(this.proc, count++, module, text)
  }

  private print({ output }: VsctlCall): void {
    if (output.table !== null) this.proc.out(printTable(output.table, this.options.style, this.db.ovsVersion))
    else if (this.options.isOneLine) this.proc.line(output.text.replace(/\n$/, '').replaceAll('\\', '\\\\').replaceAll('\n', '\\n'))
    else this.proc.out(output.text)
  }

  /** False: the time given is over. */
  private async waitForCommit(): Promise<boolean> {
    const left = this.deadlineUs - this.proc.nowUs
    const done = await this.proc.wait<true>(
      (resolve) => this.db.onCommit(() => resolve(true)),
      Number.isFinite(left) ? Math.max(0, left) : undefined,
    )
    return done !== null
  }

  private timedOut(): number {
    log(this.proc, 1, 'fatal_signal', 'terminating with signal 14 (Alarm clock)')
    this.proc.kill('ALRM')
    return 142
  }

  /** New interfaces that ovs-vswitchd could not make. */
  private tellFailures(session: VsctlSession): void {
    const version = this.db.ovsVersion
    if (!atLeast(version, '2.3')) return
    let hasFailed = false
    for (const { uuid } of session.newInterfaces) {
      const row = this.db.table('Interface').rows.get(uuid)
      if (row === undefined || (row.number('ofport') ?? -1) !== -1) continue
      const error = row.table.schema.columns.has('error') ? row.text('error') : null
      const what = error === null ? `'${row.text('name')}'` : `'${row.text('name')}': ${error}`
      this.proc.error(`${this.proc.name}: Error detected while setting up ${what}.  See ovs-vswitchd log for details.`)
      hasFailed = true
    }
    if (hasFailed && atLeast(version, '2.8')) this.proc.error(`${this.proc.name}: The default log directory is "/var/log/openvswitch".`)
  }
}

function callOf(session: VsctlSession, { argv, options }: ParsedCommand, isLast: boolean): VsctlCall {
  return { session, argv, options, isLast, output: { text: '', table: null } }
}

export const ovsVsctlCommand: Command = {
  name: 'ovs-vsctl',
  path: '/usr/bin/ovs-vsctl',
  usage: 'ovs-vsctl [OPTIONS] -- [OPTIONS] COMMAND [ARG...] [-- [OPTIONS] COMMAND [ARG...]]...',
  changes: true,
  run,
  complete: (context) => completeVsctl(context, wordsOf(context.proc.machine.image.tool('ovs')).commands),
}
