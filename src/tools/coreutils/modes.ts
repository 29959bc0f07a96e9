// File modes: rwx text, and chmod's symbolic changes.

import type { FileType } from '../../node/inode.js'

const TYPE_LETTERS: Readonly<Record<FileType, string>> = { directory: 'd', file: '-', symlink: 'l', device: 'c', fifo: 'p', socket: 's' }

/** `drwxr-xr-x` */
export function modeText(type: FileType, mode: number): string {
  const triple = (bits: number, special: boolean, letter: string): string => {
    const x = bits & 1 ? (special ? letter : 'x') : special ? letter.toUpperCase() : '-'
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${x}`
  }
  return (
    TYPE_LETTERS[type] +
    triple(mode >> 6, (mode & 0o4000) !== 0, 's') +
    triple(mode >> 3, (mode & 0o2000) !== 0, 's') +
    triple(mode, (mode & 0o1000) !== 0, 't')
  )
}

/** `755`, `u+x`, `go=,a+rX`; null when it is no mode. */
export function changeMode(text: string, mode: number, isDirectory: boolean, umask = 0): number | null {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8)
  let result = mode
  for (const clause of text.split(',')) {
    const match = /^([ugoa]*)((?:[-+=][rwxXst]*)+)$/.exec(clause)
    if (match === null) return null
    const who = match[1] === '' ? 'a' : match[1]!
    for (const [, operator, letters] of match[2]!.matchAll(/([-+=])([rwxXst]*)/g)) {
      result = applyClause(result, { who, operator: operator!, letters: letters!, isDirectory, mask: match[1] === '' ? umask : 0 })
    }
  }
  return result
}

interface Clause {
  readonly who: string
  readonly operator: string
  readonly letters: string
  readonly isDirectory: boolean
  readonly mask: number
}

function applyClause(mode: number, clause: Clause): number {
  const { who, operator, letters, isDirectory, mask } = clause
  const runs = letters.includes('x') || (letters.includes('X') && (isDirectory || (mode & 0o111) !== 0))
  const bits = (letters.includes('r') ? 4 : 0) | (letters.includes('w') ? 2 : 0) | (runs ? 1 : 0)
  let wanted = 0
  let reach = 0
  for (const [letter, shift] of [
    ['u', 6],
    ['g', 3],
    ['o', 0],
  ] as const) {
    if (!who.includes(letter) && !who.includes('a')) continue
    wanted |= bits << shift
    reach |= 7 << shift
  }
  wanted &= ~mask
  if (letters.includes('s'))
    wanted |= (who.includes('u') || who.includes('a') ? 0o4000 : 0) | (who.includes('g') || who.includes('a') ? 0o2000 : 0)
  if (letters.includes('t')) wanted |= 0o1000
  if (operator === '+') return mode | wanted
  return operator === '-' ? mode & ~wanted : (mode & ~reach) | wanted
}
