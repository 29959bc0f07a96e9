// watch: a command again and again, its screen redrawn, until it is interrupted.

import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import { outputFile } from '../../node/open-file.js'
import type { Process } from '../../node/process.js'
import { OutputBuffer } from '../../node/stream.js'
import { strftime } from '../../shell/strftime.js'

async function once(proc: Process, argv: string[]): Promise<{ text: string; code: number }> {
  const output = new OutputBuffer()
  try {
    const child = proc.spawn(argv, { stdout: outputFile(output), stderr: outputFile(output) })
    const code = await proc.waitFor(child)
    return { text: output.take(), code }
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    return { text: `sh: 1: ${argv[0]}: not found\n`, code: 127 }
  }
}

function header(proc: Process, interval: number, command: string): string {
  const left = `Every ${interval.toFixed(1)}s: ${command}`
  const time = strftime('%a %b %e %H:%M:%S %Y', proc.clock)
  const right = proc.machine.image.toolAtLeast('procps', '3.3.12') ? `${proc.machine.hostname}: ${time}` : time
  const room = Math.max(1, proc.columns - left.length - right.length)
  return `${left}${' '.repeat(room)}${right}`
}

/** Changed characters in reverse video. */
function marked(before: string, after: string): string {
  const old = before.split('\n')
  return after
    .split('\n')
    .map((line, row) => [...line].map((c, column) => (old[row]?.[column] === c ? c : `\x1b[7m${c}\x1b[27m`)).join(''))
    .join('\n')
}

async function watch(proc: Process, options: ParsedOptions): Promise<number> {
  if (options.operands.length === 0) {
    proc.error('Usage: watch [-bdegtx] [-n SECONDS] COMMAND')
    return 1
  }
  const interval = Math.max(0.1, options.number('interval', 2))
  const command = options.operands.join(' ')
  const argv = options.has('exec') ? [...options.operands] : ['/bin/sh', '-c', command]
  let before: string | null = null
  const isTty = proc.stdout.isTty
  proc.trap('INT', () => {
    if (isTty) proc.out('\n')
    proc.end(0, null)
  })
  for (;;) {
    const { text, code } = await once(proc, argv)
    const rows = (proc.tty?.rows ?? 24) - (options.has('no-title') ? 0 : 2)
    const body = isTty ? text.split('\n').slice(0, rows).join('\n') : text
    const shown = options.has('differences') && before !== null ? marked(before, body) : body
    const title = options.has('no-title') ? '' : `${header(proc, interval, command)}\n\n`
    proc.out(isTty ? `\x1b[H\x1b[2J${title}${shown}` : title + shown)
    await proc.drain()
    if (options.has('chgexit') && before !== null && before !== body) return 0
    if (options.has('errexit') && code !== 0) return 8
    before = body
    await proc.sleep(interval * 1e6)
  }
}

export const watchCommand: Command = gnuTool({
  name: 'watch',
  path: '/usr/bin/watch',
  usage: 'watch [-degtx] [-n SECONDS] COMMAND',
  order: 'posix',
  version: ['procps-ng', 'procps'],
  options: ['n|interval:', 'd|differences?', 't|no-title', 'e|errexit', 'g|chgexit', 'x|exec', 'c|color'],
  lacks: ['b|beep', 'p|precise'],
  run: watch,
})
