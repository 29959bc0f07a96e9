// Reading what the caller hands in, and telling what went wrong in the form that was asked for.
import { readFileSync, writeFileSync } from 'node:fs'
import { LabError } from '../scenario/problem.js'
import { EXIT, UsageError } from './exit-code.js'
import { plainText, TerminalFilter } from './terminal-filter.js'

const toTerminal = new TerminalFilter()

/** To a terminal only what does it no harm; a file or a program gets every byte. */
export function out(text: string): void {
  process.stdout.write(process.stdout.isTTY === true ? toTerminal.pass(text) : text)
}

const toPerson = new TerminalFilter(process.env['TERM'] !== 'dumb')

/** For a person in a shell of the lab. */
export function outOfShell(text: string): void {
  process.stdout.write(process.stdout.isTTY === true ? toPerson.pass(text) : text)
}

/** What a command of the lab wrote: bytes where they are no text. */
export function outResult({ stdout, bytes }: { readonly stdout: string; readonly bytes?: Uint8Array }): void {
  if (bytes === undefined || process.stdout.isTTY === true) out(stdout)
  else process.stdout.write(bytes)
}

/** The same for what it wrote to standard error. */
export function errResult(stderr: string): void {
  process.stderr.write(process.stderr.isTTY === true ? new TerminalFilter().pass(stderr) : stderr)
}

/** For JSON: what is no text comes as `base64` beside it. */
export function jsonResult<T extends { readonly bytes?: Uint8Array }>({ bytes, ...result }: T): object {
  return bytes === undefined ? result : { ...result, base64: Buffer.from(bytes).toString('base64') }
}

export function message(text: string): void {
  process.stderr.write(`${plainText(text)}\n`)
}

/** `-` is standard input. */
export function readInput(fileOrDash: string): string {
  try {
    return readFileSync(fileOrDash === '-' ? 0 : fileOrDash, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (fileOrDash === '-' && (code === 'EOF' || code === 'EAGAIN')) return ''
    throw new UsageError(`cannot read ${fileOrDash}: ${code === 'ENOENT' ? 'no such file' : reasonOf(error)}`)
  }
}

/** Without the code before it, and the call and the path behind it. */
function reasonOf(error: unknown): string {
  const { code, message: text } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'no such folder'
  if (code === 'EISDIR') return 'it is a folder'
  return text.replace(/^[A-Z]+: /, '').replace(/, \w+( '.*')?$/, '')
}

/** A file that was asked for by name: what is there is replaced. */
export function writeOut(file: string, content: string | Uint8Array, mode = 0o666): void {
  try {
    writeFileSync(file, content, { mode })
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${reasonOf(error)}`)
  }
  message(`written to ${file}`)
}

/** With --json an error is one JSON object on standard output, so that a reader of JSON never meets anything else. */
export function reportError(error: unknown, json: boolean): number {
  const code = codeOf(error)
  const text = code === EXIT.internal && error instanceof Error ? (error.stack ?? error.message) : textOf(error)
  if (json)
    out(
      `${JSON.stringify({ error: textOf(error), ...(error instanceof LabError && error.problems.length > 0 ? { problems: error.problems } : {}) })}\n`,
    )
  message(
    code === EXIT.internal
      ? `netlab: internal error: ${text}`
      : text.startsWith('/') || (error instanceof LabError && error.problems.length > 0)
        ? text
        : `netlab: ${text}`,
  )
  return code
}

function codeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage
  if (error instanceof LabError) return error.problems.length > 0 ? EXIT.invalidFile : EXIT.usage
  return EXIT.internal
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** With NLAB_DEBUG set, internal errors inside commands are shown with their stacks. */
export function reportBugs(bugs: readonly string[]): void {
  if (process.env['NLAB_DEBUG']) for (const bug of bugs) message(`netlab: bug: ${bug}`)
}
