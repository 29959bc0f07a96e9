// Finding what an argument vector runs: PATH search, program files, #! scripts.

import { KernelError } from '../kernel/errno.js'
import type { Command } from './command.js'
import type { FileTree } from './files.js'
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

/** What was read from images: they are never written to, only replaced. */
const names = new WeakMap<Uint8Array, string>()

function programName(bytes: Uint8Array): string | null {
  if (bytes[0] !== 0x7f) return null
  let name = names.get(bytes)
  if (name !== undefined) return name
  const text = new TextDecoder().decode(bytes.subarray(0, 128))
  if (!text.startsWith(MAGIC)) return null
  name = text.slice(MAGIC.length, text.indexOf('\0', MAGIC.length))
  names.set(bytes, name)
  return name
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

/** PATH as it was split before: commands of a machine have the same one all the time. */
const splitPaths = new Map<string, readonly PathFolder[]>()
const MAX_SPLIT = 100

interface PathFolder {
  readonly path: string
  /** Its names from the root; null: it is relative, or goes through `..`, or lies where namespaces have files of their own. */
  readonly parts: readonly string[] | null
}

function foldersOf(pathList: string): readonly PathFolder[] {
  let folders = splitPaths.get(pathList)
  if (folders === undefined) {
    folders = pathList.split(':').map((path) => {
      const parts = path.split('/').filter((part) => part !== '')
      const isPlain = path.startsWith('/') && parts[0] !== 'etc' && !parts.some((part) => part === '.' || part === '..')
      return { path: path === '' ? '.' : path, parts: isPlain ? parts : null }
    })
    if (splitPaths.size >= MAX_SPLIT) splitPaths.clear()
    splitPaths.set(pathList, folders)
  }
  return folders
}

function firstOnPath(files: FileTree, name: string, pathList: string): string | undefined {
  for (const { path: folder, parts } of foldersOf(pathList)) {
    const path = `${folder}/${name}`
    if (parts === null || name === '.' || name === '..' ? files.isExecutable(path) : files.hasProgram(parts, name, path)) return path
  }
  return undefined
}

export function isExecutable(proc: Process, path: string): boolean {
  return proc.files.isExecutable(path)
}

export function findProgram(proc: Process, argv: string[], env: ReadonlyMap<string, string>): Program {
  const name = argv[0] ?? ''
  const path = name.includes('/') ? name : firstOnPath(proc.files, name, env.get('PATH') ?? DEFAULT_PATH)
  if (path === undefined || name === '') throw new KernelError('ENOENT')
  return load(proc, path, argv, 0)
}

function load(proc: Process, path: string, argv: string[], depth: number): Program {
  const { files } = proc
  const node = files.node(path)
  if (node.type === 'directory' || !files.permits(node, 1)) throw new KernelError('EACCES')
  if (node instanceof LiveFile || !(node instanceof RegularFile)) throw new KernelError('ENOEXEC')
  const binary = typeof node.content === 'string' ? null : programName(node.bytes)
  if (binary !== null) return { command: byName(proc, binary), argv, path }
  if (depth > 4) throw new KernelError('ELOOP')
  const shebang = /^#![ \t]*(\S+)(?:[ \t]+(.*?))?[ \t]*(?:\n|$)/.exec(node.asText)
  const interpreter = shebang?.[1] ?? '/bin/sh'
  const option = shebang?.[2]
  if (!files.exists(interpreter)) throw new KernelError('ENOENT')
  return load(proc, interpreter, [interpreter, ...(option === undefined ? [] : [option]), path, ...argv.slice(1)], depth + 1)
}

function byName(proc: Process, name: string): Command {
  const command = proc.machine.commands.get(name)
  if (command === undefined) throw new KernelError('ENOEXEC')
  return command
}
