// Expansion of words: braces, tilde, parameters, commands, arithmetic, splitting, pathnames, quote removal.

import { expandBraces } from './brace.js'
import { ShellError } from './control.js'
import { type Field, Fields } from './fields.js'
import { expandGlob } from './glob.js'
import { expandParameter, type ParameterResult } from './parameter.js'
import { type DoubleQuotedChild, parseShell, textParts, type Word, type WordPart } from './parse.js'
import { hasPattern } from './pattern.js'
import type { Shell } from './shell.js'

/** Words of a command: any number of them. */
export async function expandWords(shell: Shell, words: readonly Word[]): Promise<string[]> {
  const out: string[] = []
  for (const word of words) {
    if (word.parts === undefined && !word.text.startsWith('~')) out.push(word.value)
    else for (const text of await expandWord(shell, word)) out.push(text)
  }
  return out
}

async function expandWord(shell: Shell, word: Word): Promise<string[]> {
  if (shell.options.braceexpand && word.parts?.some((part) => part.type === 'BraceExpansion') === true) return expandBraceWord(shell, word)
  const fields = await collect(shell, word, false)
  return fields.flatMap((field) => pathnames(shell, field))
}

async function expandBraceWord(shell: Shell, word: Word): Promise<string[]> {
  const texts = expandBraces(word.text)
  const out: string[] = []
  for (const text of texts) {
    if (text === '') continue
    const parsed = texts.length === 1 ? word : reparse(text)
    if (parsed === null) out.push(text)
    else for (const field of await collect(shell, parsed, false)) out.push(...pathnames(shell, field))
  }
  return out
}

function reparse(text: string): Word | null {
  const command = parseShell(`: ${text}`).script.commands[0]?.command
  if (command === undefined || command.type !== 'Command') return null
  const word = command.suffix[0]
  return word !== undefined && word.type === 'Word' ? word : null
}

function pathnames(shell: Shell, field: Field): string[] {
  if (!field.hasGlob || shell.options.noglob || !hasPattern(field.pattern)) return [field.text]
  const { dotglob, nocaseglob, globstar, nullglob, failglob } = shell.shopt
  const paths = expandGlob(shell.proc.files, field.pattern, { dotglob, nocase: nocaseglob, globstar })
  if (paths.length > 0) return paths
  if (failglob) throw new ShellError(`no match: ${field.text}`)
  return nullglob ? [] : [field.text]
}

/** One word, not split and not globbed: assignments, here-strings, case subjects, [[ ]]. */
export async function expandSingle(shell: Shell, word: Word): Promise<string> {
  if (word.parts === undefined && !word.text.includes('~')) return word.value
  const fields = await collect(shell, word, true)
  return fields.map((field) => field.text).join(' ')
}

/** The word as a pattern: quoted characters are literal. */
export async function expandPattern(shell: Shell, word: Word): Promise<string> {
  if (word.parts === undefined && !word.text.startsWith('~')) return word.text
  const fields = await collect(shell, word, true)
  return fields.map((field) => field.pattern).join(' ')
}

/** The right side of an assignment: tildes after each colon too. */
export async function expandAssigned(shell: Shell, word: Word): Promise<string> {
  const text = await expandSingle(shell, word)
  if (!word.text.includes(':~') || word.parts !== undefined) return text
  return text
    .split(':')
    .map((part) => expandTilde(shell, part)?.text ?? part)
    .join(':')
}

/** Text in which only `$`, backquote and backslash mean something. */
export async function expandText(shell: Shell, text: string): Promise<string> {
  const parts = textParts(text)
  if (parts === null) return text
  const expanded = await expandBody(shell, parts)
  return expanded.endsWith('\n') ? expanded.slice(0, -1) : expanded
}

/** The body of a here-document. */
export async function expandBody(shell: Shell, parts: readonly WordPart[]): Promise<string> {
  const fields = new Fields('')
  for (const part of parts) await addPart(shell, fields, part, true)
  return fields
    .finish()
    .map((field) => field.text)
    .join(' ')
}

async function collect(shell: Shell, word: Word, isSingle: boolean): Promise<Field[]> {
  const fields = new Fields(shell.ifs)
  let parts: readonly WordPart[] = word.parts ?? [{ type: 'Literal', value: word.value, text: word.text, pos: word.pos, end: word.end }]
  const tilde = expandTilde(shell, word.text)
  const first = parts[0]
  if (tilde !== null && first?.type === 'Literal' && first.text.startsWith(tilde.prefix)) {
    fields.quoted(tilde.home)
    const value = first.value.slice(tilde.prefix.length)
    parts = [{ ...first, value, text: first.text.slice(tilde.prefix.length) }, ...parts.slice(1)]
    if (value === '') parts = parts.slice(1)
  }
  for (const part of parts) await addPart(shell, fields, part, isSingle)
  return fields.finish()
}

function expandTilde(shell: Shell, text: string): { prefix: string; home: string; text: string } | null {
  const match = /^~([A-Za-z_][\w.-]*|\+|-)?(?=[/:]|$)/.exec(text)
  if (match === null) return null
  const home = homeOf(shell, match[1] ?? '')
  return home === null ? null : { prefix: match[0], home, text: home + text.slice(match[0].length) }
}

function homeOf(shell: Shell, who: string): string | null {
  if (who === '') return shell.variables.get('HOME') ?? shell.proc.machine.users.byUid(shell.proc.uid)?.home ?? '/'
  if (who === '+') return shell.variables.get('PWD')
  if (who === '-') return shell.variables.get('OLDPWD')
  return shell.proc.machine.users.byName(who)?.home ?? null
}

async function addPart(shell: Shell, fields: Fields, part: WordPart, isSingle: boolean): Promise<void> {
  switch (part.type) {
    case 'Literal':
      fields.literal(part.value)
      return
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      fields.quoted(part.value)
      return
    case 'Glob':
      fields.glob(part.text)
      return
    case 'ExtendedGlob':
      if (shell.shopt.extglob || isSingle) fields.glob(part.text)
      else fields.literal(part.text)
      return
    case 'DoubleQuoted':
    case 'LocaleString':
      await addQuoted(shell, fields, part.parts)
      return
    case 'BraceExpansion':
      fields.literal(part.text)
      return
    case 'ProcessSubstitution':
      fields.quoted(await shell.substituteProcess(part))
      return
    default:
      await addExpansion(shell, fields, part, isSingle)
  }
}

async function addExpansion(shell: Shell, fields: Fields, part: DoubleQuotedChild, isSingle: boolean): Promise<void> {
  const result = await expansionOf(shell, part, false)
  const add = (text: string): void => (isSingle ? fields.literalOrGlob(text) : fields.split(text))
  if (typeof result === 'string') {
    add(result)
    return
  }
  if (isSingle) {
    add(result.list.join(result.joiner))
    return
  }
  result.list.forEach((text, index) => {
    if (index > 0) fields.breakField()
    fields.split(text)
  })
}

async function addQuoted(shell: Shell, fields: Fields, parts: readonly DoubleQuotedChild[]): Promise<void> {
  if (parts.length === 0) fields.quoted('')
  for (const part of parts) {
    if (part.type === 'Literal') {
      fields.quoted(part.value)
      continue
    }
    const result = await expansionOf(shell, part, true)
    if (typeof result === 'string') fields.quoted(result)
    else if (!result.isSeparate) fields.quoted(result.list.join(result.joiner))
    else {
      result.list.forEach((text, index) => {
        if (index > 0) fields.breakField()
        fields.quoted(text)
      })
    }
  }
}

async function expansionOf(shell: Shell, part: DoubleQuotedChild, isQuoted: boolean): Promise<string | ParameterResult> {
  switch (part.type) {
    case 'Literal':
      return part.value
    case 'CommandExpansion':
      return shell.substitute(part)
    case 'ArithmeticExpansion':
      return shell.arithmeticText(arithmeticBody(part.text))
    case 'SimpleExpansion':
    case 'ParameterExpansion':
      return expandParameter(shell, part, isQuoted)
  }
}

function arithmeticBody(text: string): string {
  return text.startsWith('$[') ? text.slice(2, -1) : text.slice(3, -2)
}
