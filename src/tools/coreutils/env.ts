// env, printenv: the environment of a command.

import { ownOf } from '../../grammar/own-of.js'
import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { attempt, fail, gnuTool, type ParsedOptions, quoteName, tryHelp } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'

function usage(proc: Process, text: string): number {
  fail(proc, text)
  tryHelp(proc)
  return 125
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', _: ' ' }

/** The words of -S: quotes, backslashes and ${NAME} count; what is wrong is told as text. */
function splitWords(text: string, proc: Process): string[] | string {
  const words: string[] = []
  let word: string | null = null
  let quote = ''
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (c === quote) quote = ''
    else if (quote === '' && (c === '"' || c === "'")) {
      quote = c
      word ??= ''
    } else if (c === '\\' && quote !== "'") {
      const letter = text[++i]
      if (letter === undefined) return 'invalid backslash at end of string in -S'
      if (letter === 'c' && quote === '') break
      if (letter === '_' && quote === '') {
        if (word !== null) words.push(word)
        word = null
      } else word = (word ?? '') + (ownOf(ESCAPES, letter) ?? letter)
    } else if (c === '$' && quote !== "'") {
      const name = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}/.exec(text.slice(i))
      if (name === null) return `only \${VARNAME} expansion is supported, error at: ${text.slice(i)}`
      word = (word ?? '') + (proc.env.get(name[1]!) ?? '')
      i += name[0].length - 1
    } else if (quote === '' && /\s/.test(c)) {
      if (word !== null) words.push(word)
      word = null
    } else if (quote === '' && c === '#' && word === null) break
    else word = (word ?? '') + c
  }
  if (quote !== '') return 'no terminating quote in -S string'
  if (word !== null) words.push(word)
  return words
}

async function env(proc: Process, options: ParsedOptions): Promise<number> {
  const variables = options.has('ignore-environment') ? new Map<string, string>() : new Map(proc.env)
  for (const name of options.values('unset')) {
    if (name === '' || name.includes('=')) return fail(proc, `cannot unset ${quoteName(proc, name)}: Invalid argument`, 125)
    variables.delete(name)
  }
  const words = [...options.operands]
  if (words[0] === '-') {
    words.shift()
    variables.clear()
  }
  while (words[0]?.includes('=') === true) {
    const word = words.shift()!
    variables.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1))
  }
  if (words.length === 0) {
    if (options.has('chdir')) return usage(proc, 'must specify command with --chdir (-C)')
    for (const [name, value] of variables) proc.out(`${name}=${value}${options.has('null') ? '\0' : '\n'}`)
    return 0
  }
  if (options.has('null')) return usage(proc, 'cannot specify --null (-0) with command')
  const directory = options.value('chdir')
  if (directory !== null) {
    const error = attempt(() => {
      proc.cwd = proc.files.realpath(directory)
    })
    if (error !== null) return fail(proc, `cannot change directory to ${quoteName(proc, directory)}: ${error.message}`, 125)
  }
  try {
    proc.env = variables
    return await proc.exec(words)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    fail(proc, `${quoteName(proc, words[0]!)}: ${error.message}`)
    return error.errno === 'ENOENT' ? 127 : 126
  }
}

const envTool: Command = gnuTool({
  name: 'env',
  path: '/usr/bin/env',
  usage: 'env [-i] [-0] [-u NAME]... [-C DIRECTORY] [NAME=VALUE]... [COMMAND [ARGUMENT]...]',
  order: 'posix',
  failure: 125,
  options: ['i|ignore-environment', 'u|unset:', '0|null', 'C|chdir:'],
  lacks: ['v|debug', '|ignore-signal?', '|default-signal?', '|block-signal?', '|list-signal-handling'],
  run: env,
})

/** -S takes the place of its text, cut into words, so that options in it count too. */
export const envCommand: Command = {
  ...envTool,
  run: (proc) => {
    const words = proc.argv.slice(1)
    const at = words.findIndex((word) => /^(?:-[i0v]*S|--split-string)/.test(word))
    const isOption =
      at >= 0 && words.slice(0, at).every((word, index) => word.startsWith('-') || /^-[i0]*[uC]$/.test(words[index - 1] ?? ''))
    if (isOption) {
      const match = /^(?:-([i0v]*)S|--split-string=?)(.*)$/s.exec(words[at]!)!
      const isApart = match[2] === ''
      const text = isApart ? words[at + 1] : match[2]
      if (text === undefined) return usage(proc, "option requires an argument -- 'S'")
      const split = splitWords(text, proc)
      if (typeof split === 'string') return fail(proc, split, 125)
      const letters = match[1] === undefined || match[1] === '' ? [] : [`-${match[1]}`]
      proc.argv = [proc.argv[0]!, ...words.slice(0, at), ...letters, ...split, ...words.slice(at + (isApart ? 2 : 1))]
    }
    return envTool.run(proc)
  },
}

export const printenvCommand: Command = gnuTool({
  name: 'printenv',
  path: '/usr/bin/printenv',
  usage: 'printenv [NAME]...',
  options: ['0|null'],
  run: (proc, options) => {
    if (options.operands.length === 0) for (const [name, value] of proc.env) proc.line(`${name}=${value}`)
    let code = 0
    for (const name of options.operands) {
      const value = proc.env.get(name)
      if (value === undefined) code = 1
      else proc.line(value)
    }
    return code
  },
})
