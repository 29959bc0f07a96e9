// clear, reset, tput, stty: what a terminal shows and how it reads.

import { notEmulated, type Command } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import type { Terminal } from '../../node/terminal.js'

const ESC = '\x1b'
const CLEAR = `${ESC}[H${ESC}[2J${ESC}[3J`

function clear(proc: Process): number {
  proc.out(CLEAR)
  return 0
}

export const clearCommand: Command = { name: 'clear', path: '/usr/bin/clear', usage: 'clear', run: clear }

function cook(terminal: Terminal): void {
  terminal.isCanonical = true
  terminal.hasEcho = true
  terminal.hasSignals = true
}

export const resetCommand: Command = {
  name: 'reset',
  path: '/usr/bin/reset',
  usage: 'reset',
  run: (proc) => {
    if (proc.tty !== null) cook(proc.tty)
    proc.out(`${ESC}c${ESC}[!p${ESC}[?3;4l${ESC}[4l${ESC}>${CLEAR}`)
    return 0
  },
}

const CAPABILITIES: Readonly<Record<string, string>> = {
  clear: CLEAR, bold: `${ESC}[1m`, sgr0: `${ESC}(B${ESC}[m`, rev: `${ESC}[7m`, smul: `${ESC}[4m`, rmul: `${ESC}[24m`, smso: `${ESC}[7m`, rmso: `${ESC}[27m`, dim: `${ESC}[2m`, blink: `${ESC}[5m`,
  civis: `${ESC}[?25l`, cnorm: `${ESC}[?12l${ESC}[?25h`, el: `${ESC}[K`, ed: `${ESC}[J`, home: `${ESC}[H`, cuu1: `${ESC}[A`, bel: '\x07', cr: '\r', op: `${ESC}[39;49m`,
  smcup: `${ESC}[?1049h${ESC}[22;0;0t`, rmcup: `${ESC}[?1049l${ESC}[23;0;0t`, sc: `${ESC}7`, rc: `${ESC}8`, init: `${ESC}[!p${ESC}[?3;4l${ESC}[4l${ESC}>`,
}

const TPUT_USAGE = 'Usage: tput [options] [command]\n\nCommands:\n  clear       clear the screen\n  init        initialize the terminal\n  capname     print value for capability "capname"\n'

function tput(proc: Process): number {
  const words = proc.argv.slice(1)
  const at = words[0] === '-T' ? 2 : words[0]?.startsWith('-T') === true ? 1 : 0
  const [name, ...numbers] = words.slice(at)
  if (name === undefined) {
    proc.writeTo(2, TPUT_USAGE)
    return 2
  }
  const n = (index: number): number => Number(numbers[index] ?? 0)
  switch (name) {
    case 'cols':
      proc.line(String(proc.columns))
      return 0
    case 'lines':
      proc.line(String(proc.tty?.rows ?? 24))
      return 0
    case 'colors':
      proc.line('8')
      return 0
    case 'setaf':
    case 'setab':
      proc.out(`${ESC}[${(name === 'setaf' ? 30 : 40) + (n(0) % 8)}m`)
      return 0
    case 'cup':
      proc.out(`${ESC}[${n(0) + 1};${n(1) + 1}H`)
      return 0
  }
  if (!Object.hasOwn(CAPABILITIES, name)) {
    proc.error(`tput: unknown terminfo capability '${name}'`)
    return 4
  }
  proc.out(CAPABILITIES[name]!)
  return 0
}

export const tputCommand: Command = { name: 'tput', path: '/usr/bin/tput', usage: 'tput CAPABILITY [NUMBER]...', run: tput }

/** Settings that the line discipline of the lab has. */
function settings(terminal: Terminal): [string, boolean][] {
  return [
    ['isig', terminal.hasSignals],
    ['icanon', terminal.isCanonical],
    ['echo', terminal.hasEcho],
  ]
}

function applyWord(terminal: Terminal, word: string): boolean {
  const isOn = !word.startsWith('-')
  switch (word.replace(/^-/, '')) {
    case 'echo':
      terminal.hasEcho = isOn
      return true
    case 'icanon':
    case 'cooked':
      terminal.isCanonical = isOn
      return true
    case 'isig':
      terminal.hasSignals = isOn
      return true
    case 'raw':
      terminal.isCanonical = !isOn
      terminal.hasSignals = !isOn
      return true
    case 'cbreak':
      terminal.isCanonical = !isOn
      return true
    case 'sane':
      cook(terminal)
      return true
    default:
      return false
  }
}

function stty(proc: Process): number {
  const words = proc.argv.slice(1)
  const terminal = proc.fds.get(0)?.source?.isTty === true ? proc.tty : null
  if (terminal === null) {
    proc.error("stty: 'standard input': Inappropriate ioctl for device")
    return 1
  }
  if (words.length === 0 || words[0] === '-a' || words[0] === '--all') {
    proc.line(words.length === 0 ? 'speed 38400 baud; line = 0;' : `speed 38400 baud; rows ${terminal.rows}; columns ${terminal.columns}; line = 0;`)
    const changed = settings(terminal).filter(([, isOn]) => words.length > 0 || !isOn)
    if (changed.length > 0) proc.line(changed.map(([name, isOn]) => (isOn ? name : `-${name}`)).join(' '))
    return 0
  }
  if (words[0] === '-g') return notEmulated(proc, '-g', 'use stty sane to go back')
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (word === 'size') proc.line(`${terminal.rows} ${terminal.columns}`)
    else if (word === 'rows' || word === 'cols' || word === 'columns') i++
    else if (!applyWord(terminal, word)) {
      proc.error(`stty: invalid argument '${word}'\nTry 'stty --help' for more information.`)
      return 1
    }
  }
  return 0
}

export const sttyCommand: Command = { name: 'stty', path: '/bin/stty', usage: 'stty [-a] [size] [[-]echo] [[-]icanon] [[-]isig] [raw | cooked | sane]', run: stty }

export const scriptCommand: Command = {
  name: 'script',
  path: '/usr/bin/script',
  usage: 'script: not emulated by netlab (use tee)',
  run: (proc) => notEmulated(proc, 'recording a terminal', 'use COMMAND | tee FILE'),
}
