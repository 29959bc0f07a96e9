// Finding what an argument vector runs: PATH search, program files, #! scripts.

import { KernelError } from '../kernel/errno.js'
import type { Command } from './command.js'
import { LiveFile, RegularFile } from './inode.js'
import type { Process } from './process.js'

export interface Program {
  readonly command: Command
  readonly argv: string[]
  readonly path: string
}

const MAGIC = '\x7fELF\x02\x01\x01\0netlab:'

/** Content of a program file; copied or linked, it stays that program. */
export function programImage(name: string): Uint8Array {
  return new TextEncoder().encode(`${MAGIC}${name}\0`)
}

function programName(bytes: Uint8Array): string | null {
  if (bytes[0] !== 0x7f) return null
  const text = new TextDecoder().decode(bytes.subarray(0, 128))
  return text.startsWith(MAGIC) ? text.slice(MAGIC.length, text.indexOf('\0', MAGIC.length)) : null
}

export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** All places on PATH where an executable of that name lies, first wins. */
export function searchPath(proc: Process, name: string, pathList: string): string[] {
  const found: string[] = []
  for (const directory of pathList.split(':')) {
    const path = `${directory === '' ? '.' : directory}/${name}`
    if (isExecutable(proc, path)) found.push(path)
  }
  return found
}

export function isExecutable(proc: Process, path: string): boolean {
  return proc.files.isFile(path) && proc.files.access(path, 1)
}

export function findProgram(proc: Process, argv: string[], env: ReadonlyMap<string, string>): Program {
  const name = argv[0] ?? ''
  const path = name.includes('/') ? name : searchPath(proc, name, env.get('PATH') ?? DEFAULT_PATH)[0]
  if (path === undefined || name === '') throw new KernelError('ENOENT')
  return load(proc, path, argv, 0)
}

function load(proc: Process, path: string, argv: string[], depth: number): Program {
  const node = proc.files.node(path)
  if (node.type === 'directory' || !proc.files.permits(node, 1)) throw new KernelError('EACCES')
  if (node instanceof LiveFile || !(node instanceof RegularFile)) throw new KernelError('ENOEXEC')
  const binary = typeof node.content === 'string' ? null : programName(node.bytes)
  if (binary !== null) return { command: byName(proc, binary), argv, path }
  if (depth > 4) throw new KernelError('ELOOP')
  const shebang = /^#![ \t]*(\S+)(?:[ \t]+(.*?))?[ \t]*(?:\n|$)/.exec(node.asText)
  const interpreter = shebang?.[1] ?? '/bin/sh'
  const option = shebang?.[2]
  if (!proc.files.exists(interpreter)) throw new KernelError('ENOENT')
  return load(proc, interpreter, [interpreter, ...(option === undefined ? [] : [option]), path, ...argv.slice(1)], depth + 1)
}

function byName(proc: Process, name: string): Command {
  const command = proc.machine.commands.get(name)
  if (command === undefined) throw new KernelError('ENOEXEC')
  return command
}
