// Runs awk programs: records, fields, variables, statements.

import type { Process } from '../../node/process.js'
import type { AwkFunction, AwkProgram, AwkRule, AwkStatement, Expression } from './awk-ast.js'
import { type BuiltinContext, pureBuiltin, sprintf } from './awk-builtins.js'
import { AwkFunctions } from './awk-functions.js'
import { AwkIo } from './awk-io.js'
import { AwkError } from './awk-lex.js'
import type { Locals } from './awk-state.js'
import { type AwkArray, type AwkValue, arithmetic, fromInput, isNumeric, isTrue, toNumber } from './awk-value.js'

class Jump extends Error {
  constructor(readonly kind: 'break' | 'continue' | 'next' | 'nextfile' | 'exit' | 'return') {
    super(kind)
  }
}

const MAX_DEPTH = 500

/** Main input, one record at a time; null at the end. */
export interface RecordSource {
  next(): Promise<string | null>
  skipFile(): void
}

export class AwkRun extends AwkFunctions implements BuiltinContext {
  exitCode = 0
  private readonly io: AwkIo
  private readonly rangeOpen = new Set<AwkRule>()
  private returned: AwkValue = ''
  private steps = 0

  constructor(
    proc: Process,
    private readonly program: AwkProgram,
    private readonly source: RecordSource,
  ) {
    super(proc)
    this.io = new AwkIo(proc)
  }

  async run(): Promise<number> {
    const { rules } = this.program
    try {
      try {
        for (const rule of rules) if (rule.kind === 'begin') await this.execute(rule.body!)
        if (rules.some((rule) => rule.kind !== 'begin')) await this.mainLoop()
      } catch (error) {
        if (!(error instanceof Jump) || error.kind !== 'exit') throw error
      }
      for (const rule of rules) if (rule.kind === 'end') await this.execute(rule.body!)
    } catch (error) {
      if (!(error instanceof Jump) || error.kind !== 'exit') throw error
    }
    return this.finish()
  }

  private async finish(): Promise<number> {
    await this.io.closeAll()
    return this.exitCode
  }

  private async mainLoop(): Promise<void> {
    for (;;) {
      const text = await this.source.next()
      if (text === null) return
      this.record.set(text)
      this.bump()
      try {
        for (const rule of this.program.rules)
          if (await this.selects(rule)) await (rule.body === null ? this.printRecord() : this.execute(rule.body))
      } catch (error) {
        if (!(error instanceof Jump)) throw error
        if (error.kind === 'nextfile') this.source.skipFile()
        else if (error.kind !== 'next') throw error
      }
      await this.proc.drain()
    }
  }

  private bump(): void {
    this.globals.set('NR', toNumber(this.globals.get('NR')!) + 1)
    this.globals.set('FNR', toNumber(this.globals.get('FNR')!) + 1)
  }

  private async printRecord(): Promise<void> {
    this.io.write(this.record.text + this.text(this.globals.get('ORS')!))
  }

  private async selects(rule: AwkRule): Promise<boolean> {
    if (rule.kind === 'begin' || rule.kind === 'end') return false
    if (rule.kind === 'pattern') return rule.pattern === null || this.test(rule.pattern)
    if (!this.rangeOpen.has(rule)) {
      if (!(await this.test(rule.pattern!))) return false
      this.rangeOpen.add(rule)
    }
    if (await this.test(rule.until!)) this.rangeOpen.delete(rule)
    return true
  }

  // --- statements

  private async execute(node: AwkStatement): Promise<void> {
    if (++this.steps % 2000 === 0) await this.proc.turn()
    switch (node.type) {
      case 'block':
        for (const statement of node.body) await this.execute(statement)
        return
      case 'expression':
        await this.evaluate(node.value)
        return
      case 'print':
        return this.print(node)
      case 'if':
        if (await this.test(node.test)) await this.execute(node.yes)
        else if (node.no !== null) await this.execute(node.no)
        return
      case 'while':
        return this.loop(async () => this.test(node.test), node.body, null)
      case 'do':
        if (!(await this.turn(node.body))) return
        return this.loop(async () => this.test(node.test), node.body, null)
      case 'for':
        if (node.init !== null) await this.execute(node.init)
        return this.loop(async () => node.test === null || this.test(node.test), node.body, node.update)
      case 'for-in':
        for (const key of [...this.array(node.array).keys()]) {
          this.setVariable(node.variable, fromInput(key))
          if (!(await this.turn(node.body))) return
        }
        return
      case 'delete':
        if (node.keys === null) this.array(node.name).clear()
        else this.array(node.name).delete(await this.key(node.keys))
        return
      case 'jump':
        throw new Jump(node.kind)
      case 'leave':
        return this.leave(node.kind, node.value)
    }
  }

  private async leave(kind: 'exit' | 'return', value: Expression | null): Promise<void> {
    if (kind === 'return') this.returned = value === null ? '' : await this.evaluate(value)
    else if (value !== null) this.exitCode = toNumber(await this.evaluate(value)) & 255
    throw new Jump(kind)
  }

  private async loop(test: () => Promise<boolean>, body: AwkStatement, update: AwkStatement | null): Promise<void> {
    while (await test()) {
      if (!(await this.turn(body))) return
      if (update !== null) await this.execute(update)
    }
  }

  /** False after break. */
  private async turn(body: AwkStatement): Promise<boolean> {
    try {
      await this.execute(body)
    } catch (error) {
      if (!(error instanceof Jump)) throw error
      if (error.kind === 'break') return false
      if (error.kind !== 'continue') throw error
    }
    return true
  }

  private async print(node: Extract<AwkStatement, { type: 'print' }>): Promise<void> {
    let text: string
    const values: AwkValue[] = []
    for (const arg of node.args) values.push(await this.evaluate(arg))
    if (node.isFormatted) text = sprintf(this.text(values[0] ?? ''), values.slice(1), this)
    else
      text =
        (values.length === 0 ? this.record.text : values.map((value) => this.output(value)).join(this.text(this.globals.get('OFS')!))) +
        this.text(this.globals.get('ORS')!)
    if (node.redirect === null) this.io.write(text)
    else this.io.writeTo(node.redirect.operator, this.text(await this.evaluate(node.redirect.target)), text)
  }

  // --- values

  private async test(node: Expression): Promise<boolean> {
    if (node.type === 'regex') return this.regex(node.source).test(this.record.text)
    return isTrue(await this.evaluate(node))
  }

  private async key(keys: readonly Expression[]): Promise<string> {
    const parts: string[] = []
    for (const key of keys) parts.push(this.text(await this.evaluate(key)))
    return parts.join(this.text(this.globals.get('SUBSEP')!))
  }

  protected async assign(target: Expression, value: AwkValue): Promise<void> {
    if (target.type === 'variable') this.setVariable(target.name, value)
    else if (target.type === 'element') this.setElement(this.array(target.name), await this.key(target.keys), value)
    else if (target.type === 'field') this.record.setField(toNumber(await this.evaluate(target.index)), this.text(value))
    else if (target.type === 'group' && target.items.length === 1) await this.assign(target.items[0]!, value)
    else throw new AwkError('assignment to something that is no variable')
  }

  private setElement(array: AwkArray, key: string, value: AwkValue): void {
    if (!array.has(key)) this.proc.holds(key.length)
    array.set(key, value)
  }

  async evaluate(node: Expression): Promise<AwkValue> {
    switch (node.type) {
      case 'number':
        return node.value
      case 'string':
        return node.value
      case 'regex':
        return this.regex(node.source).test(this.record.text) ? 1 : 0
      case 'variable':
        return this.variable(node.name)
      case 'field':
        return fromInput(this.record.field(toNumber(await this.evaluate(node.index))))
      case 'element': {
        const array = this.array(node.name)
        const key = await this.key(node.keys)
        if (!array.has(key)) this.setElement(array, key, '')
        return array.get(key)!
      }
      case 'group':
        return node.items.length === 1 ? this.evaluate(node.items[0]!) : this.key(node.items)
      case 'assign': {
        const value = await this.evaluate(node.value)
        const result =
          node.operator === '=' ? value : arithmetic(node.operator[0]!, toNumber(await this.evaluate(node.target)), toNumber(value))
        await this.assign(node.target, result)
        return result
      }
      case 'ternary':
        return (await this.test(node.test)) ? this.evaluate(node.yes) : this.evaluate(node.no)
      case 'binary':
        return this.binary(node)
      case 'unary': {
        if (node.operator === '!') return (await this.test(node.operand)) ? 0 : 1
        const value = toNumber(await this.evaluate(node.operand))
        return node.operator === '-' ? -value : value
      }
      case 'step': {
        const before = toNumber(await this.evaluate(node.target))
        const after = before + (node.operator === '++' ? 1 : -1)
        await this.assign(node.target, after)
        return node.isPrefix ? after : before
      }
      case 'match':
        return (await this.regexOf(node.right)).test(this.text(await this.evaluate(node.left))) !== node.isNegated ? 1 : 0
      case 'in':
        return this.array(node.name).has(await this.key(node.keys)) ? 1 : 0
      case 'call':
        return this.call(node.name, node.args)
      case 'builtin':
        return this.builtin(node.name, node.args, node.hasParens)
      case 'getline':
        return this.getline(node)
    }
  }

  private async binary(node: Extract<Expression, { type: 'binary' }>): Promise<AwkValue> {
    const { operator } = node
    if (operator === '&&') return (await this.test(node.left)) && (await this.test(node.right)) ? 1 : 0
    if (operator === '||') return (await this.test(node.left)) || (await this.test(node.right)) ? 1 : 0
    const left = await this.evaluate(node.left)
    const right = await this.evaluate(node.right)
    if (operator === ' ') return this.text(left) + this.text(right)
    if ('+-*/%^'.includes(operator)) return arithmetic(operator, toNumber(left), toNumber(right))
    const order = this.compare(left, right, node)
    switch (operator) {
      case '<':
        return order < 0 ? 1 : 0
      case '<=':
        return order <= 0 ? 1 : 0
      case '>':
        return order > 0 ? 1 : 0
      case '>=':
        return order >= 0 ? 1 : 0
      case '==':
        return order === 0 ? 1 : 0
      default:
        return order !== 0 ? 1 : 0
    }
  }

  /** An unset variable is both 0 and "". */
  private compare(left: AwkValue, right: AwkValue, node: Extract<Expression, { type: 'binary' }>): number {
    const unset = (side: Expression, value: AwkValue): boolean => value === '' && side.type === 'variable' && this.isUnset(side.name)
    const leftNumeric = isNumeric(left) || (unset(node.left, left) && isNumeric(right))
    const rightNumeric = isNumeric(right) || (unset(node.right, right) && isNumeric(left))
    if (leftNumeric && rightNumeric) return toNumber(left) - toNumber(right)
    const [a, b] = [this.text(left), this.text(right)]
    return a < b ? -1 : a > b ? 1 : 0
  }

  private async call(name: string, args: readonly Expression[]): Promise<AwkValue> {
    const definition = this.program.functions.get(name)
    if (definition === undefined) throw new AwkError(`function ${name} never defined`)
    if (this.frames.length > MAX_DEPTH) throw new AwkError(`function ${name}: recursion too deep`)
    const frame = await this.bind(definition, args)
    this.frames.push(frame.locals)
    this.returned = ''
    try {
      await this.execute(definition.body)
    } catch (error) {
      if (!(error instanceof Jump) || error.kind !== 'return') throw error
    } finally {
      this.frames.pop()
      for (const copyBack of frame.after) copyBack()
    }
    const value = this.returned
    this.returned = ''
    return value
  }

  /** Arrays go by reference; an untouched variable may become an array inside. */
  private async bind(definition: AwkFunction, args: readonly Expression[]): Promise<{ locals: Locals; after: (() => void)[] }> {
    const locals: Locals = new Map()
    const after: (() => void)[] = []
    for (let i = 0; i < definition.parameters.length; i++) {
      const parameter = definition.parameters[i]!
      const arg = args[i]
      if (arg === undefined) {
        locals.set(parameter, null)
        continue
      }
      if (arg.type !== 'variable') {
        locals.set(parameter, await this.evaluate(arg))
        continue
      }
      const frame = this.frames[this.frames.length - 1]
      const local = frame?.get(arg.name)
      const isLocal = frame?.has(arg.name) === true
      if (local instanceof Map) locals.set(parameter, local)
      else if (!isLocal && this.arrays.has(arg.name)) locals.set(parameter, this.arrays.get(arg.name)!)
      else if (!this.isUnset(arg.name)) locals.set(parameter, this.variable(arg.name))
      else {
        locals.set(parameter, null)
        after.push(() => {
          const made = locals.get(parameter)
          if (!(made instanceof Map)) return
          if (isLocal) frame!.set(arg.name, made)
          else this.arrays.set(arg.name, made)
        })
      }
    }
    return { locals, after }
  }

  private async builtin(name: string, args: readonly Expression[], hasParens: boolean): Promise<AwkValue> {
    switch (name) {
      case 'length':
        return this.lengthOf(args, hasParens)
      case 'split':
        return this.split(args)
      case 'sub':
      case 'gsub':
        return this.substitute(name, args)
      case 'gensub':
        return this.gensub(args)
      case 'match':
        return this.match(args)
      case 'system':
        return this.io.system(this.text(await this.evaluate(args[0]!)))
      case 'close':
        return this.io.close(this.text(await this.evaluate(args[0]!)))
      case 'fflush':
        await this.io.flush()
        return 0
      default:
        break
    }
    const values: AwkValue[] = []
    for (const arg of args) values.push(await this.evaluate(arg))
    const value = pureBuiltin(name, values, this)
    if (value === undefined) throw new AwkError(`function ${name} is not emulated by netlab`)
    return value
  }

  private async getline(node: Extract<Expression, { type: 'getline' }>): Promise<number> {
    const line =
      node.kind === 'plain' ? await this.source.next() : await this.io.readFrom(node.kind, this.text(await this.evaluate(node.source!)))
    if (line === undefined) return -1
    if (line === null) return 0
    if (node.kind === 'plain') this.bump()
    else if (node.kind === 'command') this.globals.set('NR', toNumber(this.globals.get('NR')!) + 1)
    if (node.target === null) this.record.set(line)
    else await this.assign(node.target, fromInput(line))
    return 1
  }
}
