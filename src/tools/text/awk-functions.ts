// The functions of awk that look at variables, fields and expressions: length, split, sub, gsub, gensub, match.

import { boundedRegex } from '../../grammar/bounded-regex.js'
import { translateRegex } from '../../shell/regex.js'
import type { Expression } from './awk-ast.js'
import { AwkError } from './awk-lex.js'
import { AwkState } from './awk-state.js'
import { type AwkValue, fromInput } from './awk-value.js'

const regexCache = new Map<string, RegExp>()

export abstract class AwkFunctions extends AwkState {
  abstract evaluate(node: Expression): Promise<AwkValue>
  protected abstract assign(target: Expression, value: AwkValue): Promise<void>

  protected regex(source: string): RegExp {
    let regex = regexCache.get(source)
    if (regex === undefined) {
      regex = translateRegex(source, 'awk')
      if (regexCache.size > 500) regexCache.clear()
      regexCache.set(source, regex)
    }
    return regex
  }

  protected async regexOf(node: Expression): Promise<RegExp> {
    return this.regex(node.type === 'regex' ? node.source : this.text(await this.evaluate(node)))
  }

  protected async lengthOf(args: readonly Expression[], hasParens: boolean): Promise<number> {
    const arg = args[0]
    if (!hasParens || arg === undefined) return [...this.record.text].length
    if (arg.type === 'variable') {
      const frame = this.frames[this.frames.length - 1]
      const local = frame?.get(arg.name)
      if (local instanceof Map) return local.size
      if (frame?.has(arg.name) !== true && this.arrays.has(arg.name)) return this.arrays.get(arg.name)!.size
    }
    return [...this.text(await this.evaluate(arg))].length
  }

  private nameOf(node: Expression | undefined): string {
    if (node?.type !== 'variable') throw new AwkError('syntax error: an array is expected')
    return node.name
  }

  protected async split(args: readonly Expression[]): Promise<number> {
    const text = this.text(await this.evaluate(args[0]!))
    const array = this.array(this.nameOf(args[1]))
    const separator = args[2]
    const parts =
      separator?.type === 'regex'
        ? text === ''
          ? []
          : text.split(this.regex(separator.source))
        : this.record.splitText(
            text,
            separator === undefined ? this.text(this.globals.get('FS')!) : this.text(await this.evaluate(separator)),
          )
    array.clear()
    for (const [index, part] of parts.entries()) array.set(String(index + 1), fromInput(part))
    return parts.length
  }

  protected async substitute(name: 'sub' | 'gsub', args: readonly Expression[]): Promise<number> {
    const regex = await this.regexOf(args[0]!)
    const by = this.text(await this.evaluate(args[1]!))
    const target: Expression = args[2] ?? { type: 'field', index: { type: 'number', value: 0 } }
    const text = this.text(await this.evaluate(target))
    let count = 0
    const global = boundedRegex(regex.source, name === 'gsub' ? `${regex.flags}g` : regex.flags)
    let behind = -1
    const result = text.replace(global, (...found) => {
      const whole = found[0] as string
      const offset = found.find((part) => typeof part === 'number') as unknown as number
      if (whole === '' && offset === behind) return ''
      behind = offset + whole.length
      count++
      return by.replace(/\\\\&|\\&|&/g, (mark) => (mark === '&' ? whole : mark === '\\&' ? '&' : `\\${whole}`))
    })
    if (count > 0) await this.assign(target, result)
    return count
  }

  protected async gensub(args: readonly Expression[]): Promise<string> {
    const regex = await this.regexOf(args[0]!)
    const by = this.text(await this.evaluate(args[1]!))
    const how = this.text(await this.evaluate(args[2]!))
    const text = args[3] === undefined ? this.record.text : this.text(await this.evaluate(args[3]))
    const wanted = /^[gG]/.test(how) ? 0 : Number(how) || 1
    let count = 0
    return text.replace(boundedRegex(regex.source, `${regex.flags}g`), (...groups) => {
      count++
      if (wanted !== 0 && count !== wanted) return groups[0] as string
      return by.replace(/\\(\d)|\\&|&/g, (mark, digit: string | undefined) =>
        digit !== undefined ? String(groups[Number(digit)] ?? '') : mark === '&' ? (groups[0] as string) : '&',
      )
    })
  }

  protected async match(args: readonly Expression[]): Promise<number> {
    const text = this.text(await this.evaluate(args[0]!))
    const found = (await this.regexOf(args[1]!)).exec(text)
    this.globals.set('RSTART', found === null ? 0 : found.index + 1)
    this.globals.set('RLENGTH', found === null ? -1 : found[0].length)
    if (args[2] !== undefined) {
      const array = this.array(this.nameOf(args[2]))
      array.clear()
      found?.forEach((group, index) => void array.set(String(index), fromInput(group ?? '')))
    }
    return found === null ? 0 : found.index + 1
  }
}
