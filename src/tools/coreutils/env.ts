// env: shows the environment, or runs a command in a changed one.
import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { fail, gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'

async function env(proc: Process, options: ParsedOptions): Promise<number> {
  const words = [...options.operands]
  const changed = new Map(options.has('ignore-environment') || words[0] === '-' ? [] : proc.env)
  if (words[0] === '-') words.shift()
  for (const name of options.values('unset')) changed.delete(name)
  for (let word = words[0]; word !== undefined && word.indexOf('=') > 0; word = words[0]) {
    changed.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1))
    words.shift()
  }
  proc.env = changed
  if (words.length === 0) {
    for (const [name, value] of changed) proc.line(`${name}=${value}`)
    return 0
  }
  const folder = options.value('chdir')
  try {
    if (folder !== null) proc.cwd = proc.files.realpath(folder)
    return await proc.exec(words)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    fail(proc, `'${words[0]}': ${error.message}`)
    return error.errno === 'ENOENT' ? 127 : 126
  }
}

export const envCommand: Command = gnuTool({
  name: 'env',
  path: '/usr/bin/env',
  usage: 'env [OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]',
  options: ['i|ignore-environment', 'u|unset:', 'C|chdir:'],
  lacks: ['0|null', 'S|split-string:', 'v|debug', '|block-signal?', '|default-signal?', '|ignore-signal?', '|list-signal-handling'],
  order: 'posix',
  failure: 125,
  run: env,
})
