// Arguments written as their usage: `<name> [--long] [--share | --no-share] --network <network> [--tag <tag>*]`.
import type { Argument } from './argparse.js'
import { integerArgument } from './argparse.js'

/** What a `<word>` stands for, when completion can look it up. */
export type KindOf = (metavar: string) => string | undefined

/**
 * One argument a piece: `<x>` positional, `<x> [<x> ...]` one or more, `[<x>]` maybe one; `[--o <v>]` an option, without brackets a required one;
 * `[a | b]` and `(a | b)` exclude each other. Behind a value `*` means it may come again, `:int` a number; `?` before a flag hides it.
 * An option's key is its last flag without leading dashes (and with dashes for underscores), a positional's its word.
 */
export function argumentsOf(usage: string, python: 2 | 3, kindOf: KindOf = () => undefined): readonly Argument[] {
  const pieces = topPieces(usage)
  const found: Argument[] = []
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i]!
    if (piece.startsWith('[') || piece.startsWith('(')) {
      found.push(...bracketArguments(piece, found.length, { python, kindOf }))
    } else if (/^\??-/.test(piece)) {
      const takesValue = pieces[i + 1] !== undefined && !/^[?[(-]/.test(pieces[i + 1]!)
      const option = optionOf(takesValue ? `${piece} ${pieces[++i]}` : piece, { python, kindOf })
      found.push(piece.startsWith('?') ? option : { ...option, isRequired: true })
    } else {
      const isMany = pieces[i + 1] === `[${piece} ...]`
      if (isMany) i++
      found.push({ ...positionalOf(piece, kindOf), ...(isMany ? { nargs: '+' as const } : {}) })
    }
  }
  return found
}

interface Context {
  readonly python: 2 | 3
  readonly kindOf: KindOf
}

/** Pieces between blanks that stand in no bracket. */
function topPieces(usage: string): string[] {
  const pieces: string[] = []
  let depth = 0
  let piece = ''
  for (const char of usage) {
    if (char === '[' || char === '(') depth++
    if (char === ']' || char === ')') depth--
    if (char === ' ' && depth === 0) {
      if (piece !== '') pieces.push(piece)
      piece = ''
    } else piece += char
  }
  if (piece !== '') pieces.push(piece)
  return pieces
}

function bracketArguments(piece: string, index: number, context: Context): Argument[] {
  const inside = piece.slice(1, -1)
  const members = inside.split(' | ')
  if (!inside.startsWith('-')) return [{ ...positionalOf(inside, context.kindOf), nargs: '?' }]
  if (members.length === 1) return [optionOf(inside, context)]
  const exclusive = `${index}${piece.startsWith('(') ? '!' : ''}`
  return members.map((member) => ({ ...optionOf(member, context), exclusive }))
}

function positionalOf(word: string, kindOf: KindOf): Argument {
  const completes = kindOf(word)
  return { name: word.replace(/[<>]/g, ''), metavar: word, ...(completes === undefined ? {} : { completes }) }
}

function optionOf(text: string, { python, kindOf }: Context): Argument {
  const isHidden = text.startsWith('?')
  const [spelt, ...rest] = text.replace(/^\?/, '').split(' ')
  const flags = spelt!.split('/')
  const base = { name: flags.at(-1)!.replace(/^-+/, '').replace(/_/g, '-'), flags, ...(isHidden ? { isHidden } : {}) }
  const value = rest.join(' ')
  if (value === '') return { ...base, action: 'true' }
  const isNumber = value.endsWith(':int')
  const isRepeated = value.endsWith('*')
  const isOptional = value.startsWith('[') && value.endsWith(']')
  const metavar = isOptional ? value.slice(1, -1) : value.replace(/:int$|\*$/, '')
  const choices = /^\{.*\}$/.test(metavar) ? metavar.slice(1, -1).split(',') : undefined
  const completes = kindOf(metavar)
  return {
    ...base,
    ...(choices === undefined ? { metavar } : { choices }),
    ...(isOptional ? { nargs: '?' as const } : {}),
    ...(isRepeated ? { action: 'append' as const } : {}),
    ...(isNumber ? { check: integerArgument(python) } : {}),
    ...(completes === undefined ? {} : { completes }),
  }
}
