// kill: the program beside the shell's builtin (procps; util-linux on Red Hat differs in a few words only).

import type { Command } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { parseSignal, SIGNALS, type Signal, signalByNumber, signalNumber } from '../../node/signals.js'

const USAGE = `
Usage:
 kill [options] <pid> [...]

Options:
 <pid> [...]            send signal to every <pid> listed
 -<signal>, -s, --signal <signal>
                        specify the <signal> to be sent
 -q, --queue <value>    integer value to be sent with the signal
 -l, --list=[<signal>]  list all signal names, or convert one to a name
 -L, --table            list all signal names in a nice table

 -h, --help     display this help and exit
 -V, --version  output version information and exit

For more details see kill(1).
`

/** A signal, or 0: only asks whether one could be sent. */
type Sent = Signal | 0

interface Wanted {
  signal: Sent
  readonly targets: string[]
}

function kill(proc: Process): number {
  const words = proc.argv.slice(1)
  switch (words[0]) {
    case undefined:
      return usage(proc, 1)
    case '-h':
    case '--help':
      proc.out(USAGE)
      return 0
    case '-V':
    case '--version':
      proc.line(`kill from procps-ng ${proc.machine.image.tool('procps')}`)
      return 0
    case '-L':
    case '--table':
      return table(proc)
  }
  if (/^(-l|--list)(=.*)?$/.test(words[0]!)) return list(proc, words[0]!.includes('=') ? words[0]!.replace(/^.*?=/, '') : words[1])
  const wanted = read(proc, words)
  if (wanted === null) return 1
  if (wanted.targets.length === 0) return usage(proc, 1)
  let code = 0
  for (const target of wanted.targets) if (!send(proc, target, wanted.signal)) code = 1
  return code
}

function usage(proc: Process, code: number): number {
  proc.writeTo(2, USAGE)
  return code
}

/** What to send to whom; null when the words made no sense (and were complained about). */
function read(proc: Process, words: readonly string[]): Wanted | null {
  const wanted: Wanted = { signal: 'TERM', targets: [] }
  let at = 0
  const option = words[0]!
  if (option === '-s' || option === '--signal') {
    const name = words[1]
    if (name === undefined) return badArgument(proc, 's')
    const signal = sentBy(name)
    if (signal === null) return badSignal(proc, name)
    wanted.signal = signal
    at = 2
  } else if (/^(-s|--signal=)./.test(option)) {
    const signal = sentBy(option.replace(/^(-s|--signal=)/, ''))
    if (signal === null) return badArgument(proc, 's')
    wanted.signal = signal
    at = 1
  } else if (/^-[^-]/.test(option)) {
    const signal = sentBy(option.slice(1))
    if (signal === null) return badArgument(proc, option[1]!)
    wanted.signal = signal
    at = 1
  }
  if (words[at] === '--') at++
  wanted.targets.push(...words.slice(at))
  return wanted
}

function badArgument(proc: Process, letter: string): null {
  proc.error(`${proc.name}: invalid argument ${letter}`)
  usage(proc, 1)
  return null
}

function badSignal(proc: Process, name: string): null {
  proc.error(`${proc.name}: unknown signal name ${name}`)
  return null
}

function sentBy(text: string): Sent | null {
  return text === '0' ? 0 : parseSignal(text)
}

function send(proc: Process, target: string, signal: Sent): boolean {
  if (!/^-?\d+$/.test(target)) {
    proc.error(`${proc.name}: failed to parse argument: '${target}'`)
    return false
  }
  const victims = victimsOf(proc, Number(target))
  const allowed = victims.filter((victim) => mayKill(proc, victim))
  if (allowed.length === 0) {
    proc.error(`${proc.name}: (${target}): ${victims.length === 0 ? 'No such process' : 'Operation not permitted'}`)
    return false
  }
  if (signal !== 0) for (const victim of allowed) victim.kill(signal)
  return true
}

/** kill(2): 0 is the own group, -1 everybody but init and the caller, -N a group. */
function victimsOf(proc: Process, pid: number): Process[] {
  const all = [...proc.machine.processes.values()]
  if (pid === -1) return all.filter((other) => other !== proc && other.pid !== 1)
  if (pid <= 0) return all.filter((other) => other.pgid === (pid === 0 ? proc.pgid : -pid))
  const one = proc.machine.process(pid)
  return one === null ? [] : [one]
}

function mayKill(proc: Process, victim: Process): boolean {
  return proc.isRoot || proc.uid === victim.uid
}

const NAMES = Object.keys(SIGNALS) as Signal[]

function list(proc: Process, word: string | undefined): number {
  if (word !== undefined) {
    const name = /^\d+$/.test(word) ? signalByNumber(Number(word) > 128 ? Number(word) - 128 : Number(word)) : parseSignal(word)
    if (name === null) proc.error(`${proc.name}: unknown signal name ${word}`)
    else proc.line(/^\d+$/.test(word) ? name : String(signalNumber(name)))
    return name === null ? 1 : 0
  }
  let line = ''
  for (const name of NAMES) {
    if (line.length + name.length + 1 > 80) {
      proc.line(line)
      line = ''
    }
    line += line === '' ? name : ` ${name}`
  }
  proc.line(line)
  return 0
}

function table(proc: Process): number {
  const cells = NAMES.map((name) => `${String(signalNumber(name)).padStart(2)} ${name.padEnd(8)}`)
  const rows: string[] = []
  for (let i = 0; i < cells.length; i += 7) rows.push(cells.slice(i, i + 7).join(''))
  proc.out(rows.map((row, index) => `${index < rows.length - 1 ? row.trimEnd() : row}\n`).join(''))
  return 0
}

export const killCommand: Command = {
  name: 'kill',
  path: '/bin/kill',
  usage: 'kill [-SIGNAL | -s SIGNAL] PID...   kill -l [SIGNAL]   kill -L',
  run: kill,
}
