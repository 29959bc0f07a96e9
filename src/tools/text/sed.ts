// sed: its options, and the files that it changes in place.

import type { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { fail, gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { SedInput } from './sed-input.js'
import { parseSed, SedError } from './sed-parse.js'
import { SedRun } from './sed-run.js'

async function sed(proc: Process, options: ParsedOptions): Promise<number> {
  const operands = [...options.operands]
  const scripts: string[] = []
  for (const { name, value } of options.given) {
    if (name === 'expression') scripts.push(value!)
    else if (name === 'file') {
      if (!proc.files.isFile(value!)) return fail(proc, `couldn't open file ${value}: No such file or directory`)
      scripts.push(proc.files.read(value!).replace(/\n$/, ''))
    }
  }
  if (scripts.length === 0) {
    const script = operands.shift()
    if (script === undefined) {
      proc.error(`Usage: ${proc.name} [OPTION]... {script-only-if-no-other-script} [input-file]...`)
      return 1
    }
    scripts.push(script)
  }
  const script = scripts.join('\n')
  try {
    return await execute(proc, options, script, operands)
  } catch (error) {
    if (error instanceof SedError) {
      proc.error(`${proc.name}: ${error.message}`)
      return error.code
    }
    throw error
  }
}

async function execute(proc: Process, options: ParsedOptions, script: string, files: string[]): Promise<number> {
  const isExtended = options.has('regexp-extended')
  const isQuiet = options.has('quiet') || /^#n\n/.test(script)
  const missing = (name: string, error: KernelError): void => {
    const what = error.errno === 'EISDIR' ? `couldn't edit ${name}: not a regular file` : `can't read ${name}: ${error.message}`
    fail(
      proc,
      error.errno === 'EISDIR' && !options.has('in-place')
        ? `couldn't read ${name}: Is a directory`.replace("couldn't read", 'read error on')
        : what,
    )
  }
  if (!options.has('in-place') && !options.has('separate')) {
    const input = new SedInput(proc, files.length === 0 ? ['-'] : files, missing)
    const run = new SedRun(proc, parseSed(script, isExtended), input, isQuiet, (text) => proc.out(text))
    await run.run()
    return run.quitCode ?? input.code
  }
  if (files.length === 0) return fail(proc, 'no input files')
  let code = 0
  for (const file of files) {
    let text = ''
    const input = new SedInput(proc, [file], missing)
    const run = new SedRun(proc, parseSed(script, isExtended), input, isQuiet, (piece) =>
      options.has('in-place') ? void (text += piece) : proc.out(piece),
    )
    await run.run()
    if (input.code !== 0) {
      code = 4
      continue
    }
    if (options.has('in-place')) {
      const suffix = options.value('in-place')
      if (suffix !== null && suffix !== '')
        proc.files.write(suffix.includes('*') ? suffix.replace('*', file) : file + suffix, proc.files.read(file))
      proc.files.write(file, text)
    }
    if (run.quitCode !== null) code = run.quitCode
  }
  return code
}

export const sedCommand: Command = gnuTool({
  name: 'sed',
  path: '/bin/sed',
  usage: 'sed [-nErsu] [-i[SUFFIX]] (-e SCRIPT | -f FILE | SCRIPT) [FILE]...',
  version: ['GNU sed', 'sed'],
  options: ['n|quiet|silent', 'e|expression:', 'f|file:', 'Er|regexp-extended', 'i|in-place?', 's|separate', 'u|unbuffered'],
  lacks: ['|posix', '|sandbox', 'l|line-length:', 'z|null-data', '|debug', '|follow-symlinks', 'b|binary'],
  run: sed,
})
