// Redirections: what descriptors a command starts with.

import { KernelError } from '../kernel/errno.js'
import type { OpenMode } from '../node/files.js'
import { inputFile, type OpenFile } from '../node/open-file.js'
import { TextSource } from '../node/stream.js'
import { ShellError } from './control.js'
import { expandBody, expandSingle, expandWords } from './expand.js'
import { openNetFile } from './net-file.js'
import type { HereDoc, Redirection, RedirectOperator } from './parse.js'
import type { Shell } from './shell.js'

export type Descriptors = Map<number, OpenFile>

export function copyDescriptors(fds: Descriptors): Descriptors {
  return new Map([...fds].map(([fd, file]) => [fd, file.dup()]))
}

export function closeDescriptors(fds: Descriptors): void {
  for (const file of fds.values()) file.close()
  fds.clear()
}

/** Changes `fds` in order, as written from left to right. */
export async function redirect(shell: Shell, redirections: readonly Redirection[], fds: Descriptors): Promise<void> {
  for (const redirection of redirections) await apply(shell, redirection, fds)
}

async function apply(shell: Shell, redirection: Redirection, fds: Descriptors): Promise<void> {
  if (redirection.type === 'HereDoc') {
    put(fds, descriptor(shell, redirection, 0), inputFile(new TextSource(await hereText(shell, redirection))))
    return
  }
  if (redirection.type === 'HereString') {
    const text = redirection.target === undefined ? '' : await expandSingle(shell, redirection.target)
    put(fds, descriptor(shell, redirection, 0), inputFile(new TextSource(`${text}\n`)))
    return
  }
  const words = redirection.target === undefined ? [] : await expandWords(shell, [redirection.target])
  if (words.length !== 1) throw new ShellError(`${redirection.target?.text ?? ''}: ambiguous redirect`)
  const isInput = redirection.operator.startsWith('<')
  await open(shell, { operator: redirection.operator, fd: descriptor(shell, redirection, isInput ? 0 : 1), target: words[0]!, fds })
}

interface Opening {
  readonly operator: RedirectOperator
  readonly fd: number
  readonly target: string
  readonly fds: Descriptors
}

async function open(shell: Shell, opening: Opening): Promise<void> {
  const { operator, fd, target, fds } = opening
  const network = operator.endsWith('&') ? null : await openNetFile(shell, target)
  if (network !== null) {
    put(fds, operator.startsWith('&') ? 1 : fd, network)
    if (operator.startsWith('&')) put(fds, 2, network.dup())
    return
  }
  switch (operator) {
    case '<&':
    case '>&':
      duplicate(shell, opening)
      return
    case '&>':
    case '&>>': {
      const file = openFile(shell, target, operator === '&>' ? 'write' : 'append')
      put(fds, 1, file)
      put(fds, 2, file.dup())
      return
    }
    case '<':
      put(fds, fd, openFile(shell, target, 'read'))
      return
    case '<>':
      put(fds, fd, openFile(shell, target, 'read-write'))
      return
    case '>>':
      put(fds, fd, openFile(shell, target, 'append'))
      return
    case '>':
      if (shell.options.noclobber && shell.proc.files.isFile(target)) throw new ShellError(`${target}: cannot overwrite existing file`)
      put(fds, fd, openFile(shell, target, 'write'))
      return
    case '>|':
      put(fds, fd, openFile(shell, target, 'write'))
  }
}

/** 2>&1, >&-, >&file. */
function duplicate(shell: Shell, opening: Opening): void {
  const { operator, fd, target, fds } = opening
  if (target === '-') {
    fds.get(fd)?.close()
    fds.delete(fd)
    return
  }
  const moved = /^(\d+)-?$/.exec(target)
  if (moved !== null) {
    const source = fds.get(Number(moved[1]))
    if (source === undefined) throw new ShellError(`${moved[1]}: Bad file descriptor`)
    put(fds, fd, source.dup())
    if (target.endsWith('-')) duplicate(shell, { ...opening, fd: Number(moved[1]), target: '-' })
    return
  }
  if (operator === '<&' || fd !== 1) throw new ShellError(`${target}: ambiguous redirect`)
  const file = openFile(shell, target, 'write')
  put(fds, 1, file)
  put(fds, 2, file.dup())
}

function put(fds: Descriptors, fd: number, file: OpenFile): void {
  fds.get(fd)?.close()
  fds.set(fd, file)
}

function openFile(shell: Shell, path: string, mode: OpenMode): OpenFile {
  try {
    return shell.proc.files.open(path, mode)
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    throw new ShellError(shell.flavour === 'bash' ? `${path}: ${error.message}` : ashMessage(path, mode, error))
  }
}

function ashMessage(path: string, mode: OpenMode, error: KernelError): string {
  const what = error.errno === 'ENOENT' ? (mode === 'read' ? 'no such file' : 'nonexistent directory') : error.message
  return `can't ${mode === 'read' ? 'open' : 'create'} ${path}: ${what}`
}

function descriptor(shell: Shell, redirection: Redirection, standard: number): number {
  const named = redirection.descriptor
  if (named === undefined) return standard
  if (named.type === 'FileDescriptor') return named.value
  let free = 10
  while (shell.proc.fds.has(free)) free++
  const known = shell.variables.get(named.name)
  const closes = redirection.type === 'Redirect' && redirection.target?.value === '-'
  if (closes && known !== null) return Number(known)
  shell.assign(named.name, String(free))
  return free
}

async function hereText(shell: Shell, document: HereDoc): Promise<string> {
  const { body, delimiter, operator } = document
  const isQuoted = delimiter?.quoted === true
  const strip = (text: string): string => (operator === '<<-' ? text.replace(/^\t+/gm, '') : text)
  if (isQuoted || body.parts === undefined)
    return strip(isQuoted ? body.text : body.text.replace(/\\([\\$`\n])/g, (_, c: string) => (c === '\n' ? '' : c)))
  if (operator === '<<') return expandBody(shell, body.parts)
  const stripped = body.parts.map((part) => (part.type === 'Literal' ? { ...part, value: strip(part.value) } : part))
  return expandBody(shell, stripped)
}

/** Runs `body` with changed descriptors; a redirection that fails is the command's failure. */
export async function withRedirections(shell: Shell, redirects: readonly Redirection[], body: () => Promise<void>): Promise<void> {
  const fds = copyDescriptors(shell.proc.fds)
  try {
    await redirect(shell, redirects, fds)
  } catch (error) {
    closeDescriptors(fds)
    if (!(error instanceof ShellError)) throw error
    shell.error(error.message)
    shell.lastStatus = 1
    return
  }
  const outer = shell.proc.fds
  shell.proc.fds = fds
  try {
    await body()
  } finally {
    if (shell.proc.fds === fds) {
      shell.proc.fds = outer
      closeDescriptors(fds)
    }
  }
}
