// -j LOG: a line in the kernel log for each packet.
import { logLevel, saveString } from '../arguments.js'
import { defineTarget, optionsOf } from '../extension.js'
import type { HookState } from '../hook-state.js'
import { logLine } from '../log-line.js'

interface Params {
  level: number
  prefix: string
  flags: number
}

export const LOG_TCPSEQ = 1
export const LOG_TCPOPT = 2
export const LOG_IPOPT = 4
export const LOG_UID = 8
export const LOG_MACDECODE = 32

const DEFAULT_LEVEL = 4
const PREFIX_SIZE = 30

const { option, flag } = optionsOf<Params>()

function flagOption(name: string, bit: number) {
  return flag(name, (p) => (p.flags |= bit))
}

export const logTarget = defineTarget<Params>({
  name: 'LOG',
  help: 'a line in the kernel log',
  options: [
    option('log-level', logLevel, (p, level) => (p.level = level)),
    option('log-prefix', { hint: 'prefix', parse: (text) => text.slice(0, PREFIX_SIZE - 1) }, (p, prefix) => (p.prefix = prefix)),
    flagOption('log-tcp-sequence', LOG_TCPSEQ),
    flagOption('log-tcp-options', LOG_TCPOPT),
    flagOption('log-ip-options', LOG_IPOPT),
    flagOption('log-uid', LOG_UID),
    flagOption('log-macdecode', LOG_MACDECODE),
  ],
  init: () => ({ level: DEFAULT_LEVEL, prefix: '', flags: 0 }),
  compile: (p) => (state: HookState) => {
    state.netfilter.log(p.level, logLine(state, p.prefix, p.flags))
    return 'CONTINUE'
  },
  print(p, context) {
    const prefix = p.prefix === '' ? '' : ` prefix "${p.prefix}"`
    if (context.numeric) return ` LOG flags ${p.flags} level ${p.level}${prefix}`
    return ` LOG level ${(context.atLeast('1.8.8') ? LEVEL_NAMES : OLD_LEVEL_NAMES)[p.level]}${FLAG_WORDS.map(([bit, word]) => ((p.flags & bit) === 0 ? '' : ` ${word}`)).join('')}${prefix}`
  },
  save(p) {
    let text = p.prefix === '' ? '' : ` --log-prefix${saveString(p.prefix)}`
    if (p.level !== DEFAULT_LEVEL) text += ` --log-level ${p.level}`
    if ((p.flags & LOG_TCPSEQ) !== 0) text += ' --log-tcp-sequence'
    if ((p.flags & LOG_TCPOPT) !== 0) text += ' --log-tcp-options'
    if ((p.flags & LOG_IPOPT) !== 0) text += ' --log-ip-options'
    if ((p.flags & LOG_UID) !== 0) text += ' --log-uid'
    return (p.flags & LOG_MACDECODE) !== 0 ? `${text} --log-macdecode` : text
  },
})

const OLD_LEVEL_NAMES = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug']
const LEVEL_NAMES = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug']
const FLAG_WORDS = [
  [LOG_TCPSEQ, 'tcp-sequence'],
  [LOG_TCPOPT, 'tcp-options'],
  [LOG_IPOPT, 'ip-options'],
  [LOG_UID, 'uid'],
  [LOG_MACDECODE, 'macdecode'],
] as const
