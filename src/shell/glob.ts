// Pathname expansion over the lab's file tree.

import type { FileTree } from '../node/files.js'
import { hasPattern, patternRegex } from './pattern.js'

export interface GlobOptions {
  readonly dotglob: boolean
  readonly nocase: boolean
  readonly globstar: boolean
}

const LIMIT = 20_000

/** Paths that match, sorted; empty when none does. */
export function expandGlob(files: FileTree, pattern: string, options: GlobOptions): string[] {
  const isAbsolute = pattern.startsWith('/')
  const parts = pattern.split('/').filter((part, index) => part !== '' || index === 0)
  if (isAbsolute) parts.shift()
  let paths = [isAbsolute ? '/' : '']
  const wantsDirectory = pattern.endsWith('/') && parts.length > 0
  if (wantsDirectory && parts[parts.length - 1] === '') parts.pop()
  for (let i = 0; i < parts.length; i++) {
    paths = paths.flatMap((path) => step(files, path, parts[i]!, i < parts.length - 1 || wantsDirectory, options))
    if (paths.length > LIMIT) break
  }
  if (wantsDirectory) paths = paths.map((path) => `${path}/`)
  return paths.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function step(files: FileTree, base: string, part: string, needsDirectory: boolean, options: GlobOptions): string[] {
  const join = (name: string): string => (base === '' ? name : base.endsWith('/') ? base + name : `${base}/${name}`)
  if (!hasPattern(part)) {
    const path = join(part.replace(/\\(.)/g, '$1'))
    return existsAtAll(files, path) ? [path] : []
  }
  if (part === '**' && options.globstar) return descend(files, base, join, 0)
  const regex = patternRegex(part, { nocase: options.nocase })
  const found: string[] = []
  for (const name of names(files, base)) {
    if (name.startsWith('.') && !part.startsWith('.') && !options.dotglob) continue
    if (!regex.test(name)) continue
    if (needsDirectory && !files.isDirectory(join(name))) continue
    found.push(join(name))
  }
  return found
}

function descend(files: FileTree, base: string, join: (name: string) => string, depth: number): string[] {
  const found = [base]
  if (depth > 20) return found
  for (const name of names(files, base)) {
    const path = join(name)
    if (name.startsWith('.') || !files.isDirectory(path)) continue
    found.push(...descend(files, path, (child) => `${path}/${child}`, depth + 1))
  }
  return found
}

function names(files: FileTree, path: string): string[] {
  const directory = path === '' ? '.' : path
  return files.isDirectory(directory) && files.access(directory, 4) ? files.list(directory) : []
}

function existsAtAll(files: FileTree, path: string): boolean {
  try {
    files.lstat(path)
    return true
  } catch {
    return false
  }
}
