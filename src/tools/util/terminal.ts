// clear, reset, tput, stty: words for the terminal.

import { ownOf } from '../../grammar/own-of.js'
import { type Command, notEmulated } from '../../node/command.js'
import { fail } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'

export const clearCommand: Command = {
  name: 'clear',
  path: '/usr/bin/clear',
  usage: 'clear',
  run: (proc) => {
    if (proc.env.get('TERM') === undefined) return fail(proc, 'TERM environment variable not set.')
    if (proc.env.get('TERM') === 'dumb') return 1
    proc.out('\x1b[H\x1b[2J\x1b[3J')
    return 0
  },
}

export const resetCommand: Command = {
  name: 'reset',
  path: '/usr/bin/reset',
  usage: 'reset',
  run: (proc) => {
    if (proc.tty !== null) {
      proc.tty.isCanonical = true
      proc.tty.hasEcho = true
      proc.tty.hasSignals = true
    }
    proc.out('\x1bc\x1b[H\x1b[2J')
    return 0
  },
}

const CAPABILITIES: Readonly<Record<string, string>> = {
  clear: '\x1b[H\x1b[2J\x1b[3J',
  bold: '\x1b[1m',
  dim: '\x1b[2m',
  smul: '\x1b[4m',
  rmul: '\x1b[24m',
  rev: '\x1b[7m',
  smso: '\x1b[7m',
  rmso: '\x1b[27m',
  sgr0: '\x1b(B\x1b[m',
  el: '\x1b[K',
  ed: '\x1b[J',
  home: '\x1b[H',
  civis: '\x1b[?25l',
  cnorm: '\x1b[?12l\x1b[?25h',
  bel: '\x07',
  sc: '\x1b7',
  rc: '\x1b8',
  smcup: '\x1b[?1049h',
  rmcup: '\x1b[?1049l',
}

export const tputCommand: Command = {
  name: 'tput',
  path: '/usr/bin/tput',
  usage: 'tput CAPABILITY [PARAMETER]...',
  run: (proc) => {
    const words = proc.argv.slice(1)
    if (words[0] === '-T') words.splice(0, 2)
    const [name, first, second] = words
    if (name === undefined) return fail(proc, 'usage: tput [-V] [-S] [-T TERM] capname', 2)
    if (name === 'cols') proc.line(String(proc.columns))
    else if (name === 'lines') proc.line(String(proc.tty?.rows ?? 24))
    else if (name === 'colors') proc.line(proc.env.get('TERM') === 'dumb' ? '-1' : '256')
    else if (name === 'init' || name === 'reset') return 0
    else if (name === 'setaf') proc.out(`\x1b[3${first ?? 0}m`)
    else if (name === 'setab') proc.out(`\x1b[4${first ?? 0}m`)
    else if (name === 'cup') proc.out(`\x1b[${Number(first ?? 0) + 1};${Number(second ?? 0) + 1}H`)
    else if (ownOf(CAPABILITIES, name) !== undefined) proc.out(ownOf(CAPABILITIES, name)!)
    else return fail(proc, `unknown terminfo capability '${name}'`, 4)
    return 0
  },
}

function stty(proc: Process): number {
  const { tty } = proc
  const words = proc.argv.slice(1)
  if (tty === null || !proc.stdin.isTty) return fail(proc, "'standard input': Inappropriate ioctl for device")
  if (words[0] === 'size') {
    proc.line(`${tty.rows} ${tty.columns}`)
    return 0
  }
  if (words.length === 0 || words[0] === '-a') {
    const flag = (name: string, on: boolean): string => `${on ? '' : '-'}${name}`
    proc.line(`speed 38400 baud; rows ${tty.rows}; columns ${tty.columns}; line = 0;`)
    proc.line('intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = ^D; susp = ^Z;')
    proc.line([flag('isig', tty.hasSignals), flag('icanon', tty.isCanonical), flag('echo', tty.hasEcho)].join(' '))
    return 0
  }
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const on = !word.startsWith('-')
    switch (word.replace(/^-/, '')) {
      case 'echo':
        tty.hasEcho = on
        break
      case 'icanon':
        tty.isCanonical = on
        break
      case 'isig':
        tty.hasSignals = on
        break
      case 'raw':
        tty.isCanonical = !on
        tty.hasSignals = !on
        break
      case 'cooked':
      case 'sane':
        tty.isCanonical = true
        tty.hasSignals = true
        tty.hasEcho = true
        break
      case 'cols':
      case 'columns':
        tty.resize(Number(words[++i]), tty.rows)
        break
      case 'rows':
        tty.resize(tty.columns, Number(words[++i]))
        break
      default:
        return notEmulated(proc, word, 'echo, icanon, isig, raw, sane, rows and cols are known')
    }
  }
  return 0
}

export const sttyCommand: Command = { name: 'stty', path: '/bin/stty', usage: 'stty [-a | size | SETTING...]', run: stty }
