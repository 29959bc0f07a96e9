// `ip -batch FILE`: one command a line, `#` comments, `\` continues a line.
import { UsageError, Words } from '../../grammar/keyword.js'
import { errnoText, KernelError } from '../../kernel/errno.js'
import { type IpRun, RunFailed } from './run.js'

async function readScript(run: IpRun, file: string): Promise<string> {
  const { proc } = run.host
  if (proc === null) return ''
  if (file === '-') return proc.stdin.readAll()
  try {
    return proc.files.read(file)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    throw new RunFailed(1, `Cannot open file "${file}" for reading: ${errnoText(error.errno)}`)
  }
}

/** Quotes hold words together, as makeargs() of iproute2 does. */
export function splitLine(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3]!)
}

/** Runs the words of one line. */
export type LineRunner = (run: IpRun, words: Words) => Promise<number>

export async function runBatch(run: IpRun, file: string, execute: LineRunner): Promise<number> {
  const script = await readScript(run, file)
  let code = 0
  let lineNumber = 0
  let pending = ''
  for (const line of script.split('\n')) {
    lineNumber++
    pending += line.replace(/#.*$/, '')
    if (pending.endsWith('\\')) {
      pending = `${pending.slice(0, -1)} `
      continue
    }
    const argv = splitLine(pending)
    pending = ''
    if (argv.length === 0) continue
    if ((await runLine(run, argv, execute)) === 0) continue
    run.error(`Command failed ${file}:${lineNumber}`)
    code = 1
    if (!run.options.force) break
  }
  return code
}

/** What the kernel refuses fails the line; words that make no sense end the run (the tool exits there). */
async function runLine(run: IpRun, argv: string[], execute: LineRunner): Promise<number> {
  try {
    return await execute(run, new Words(argv))
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof RunFailed)) throw error
    if (error.text !== null) run.error(error.text)
    return error.exitCode
  }
}
