// Runs a sed program over each line, streaming.

import { boundedRegex } from '../../grammar/bounded-regex.js'
import { KernelError } from '../../kernel/errno.js'
import { MEMORY_LIMIT } from '../../node/effort.js'
import { inputFile, outputFile } from '../../node/open-file.js'
import type { Process } from '../../node/process.js'
import { Pipe } from '../../node/stream.js'
import type { SedInput } from './sed-input.js'
import { type Address, type ReplacementPart, type SedCommand, SedError, type Substitution } from './sed-parse.js'

/** Between two looks at the clock: a program that loops must leave room for Ctrl-C. */
const TURN_STEPS = 2000

export class SedRun {
  private hold = ''
  private space = ''
  private ended = true
  private lineNumber = 0
  private substituted = false
  private readonly appended: string[] = []
  private lastRegex: RegExp | null = null
  private readonly labels = new Map<string, number>()
  quitCode: number | null = null

  constructor(
    private readonly proc: Process,
    private readonly commands: readonly SedCommand[],
    private readonly input: SedInput,
    private readonly isQuiet: boolean,
    private readonly out: (text: string) => void,
  ) {
    commands.forEach((command, index) => {
      if (command.name === ':') this.labels.set(command.text, index)
    })
    for (const command of commands) {
      if ('btT'.includes(command.name) && command.text !== '' && !this.labels.has(command.text))
        throw new SedError(`-e expression #1, char ${0}: can't find label for jump to \`${command.text}'`)
      command.activeUntil = -1
      const file = command.name === 'w' ? command.text : (command.substitution?.file ?? null)
      if (file !== null && !file.startsWith('/dev/std')) this.makeFile(file)
    }
  }

  /** Files to write to are made before the first line is read. */
  private makeFile(path: string): void {
    try {
      this.proc.files.write(path, '')
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      throw new SedError(`couldn't open file ${path}: ${error.message}`, 4)
    }
  }

  async run(): Promise<void> {
    let keepsSpace = false
    for (;;) {
      if (!keepsSpace && !(await this.nextLine())) return
      keepsSpace = (await this.cycle()) === 'restart'
      await this.proc.drain()
      if (this.quitCode !== null) return
    }
  }

  private async nextLine(): Promise<boolean> {
    const line = await this.input.take()
    if (line === null) return false
    this.space = line.text
    this.ended = line.ended
    this.lineNumber++
    return true
  }

  private async cycle(): Promise<'done' | 'restart'> {
    this.substituted = false
    let steps = 0
    let at = 0
    while (at < this.commands.length) {
      steps += 1 + (this.space.length >> 10)
      if (steps >= TURN_STEPS) {
        steps = 0
        await this.proc.turn()
      }
      if (this.space.length + this.hold.length > MEMORY_LIMIT) this.proc.outOfMemory(this.space.length + this.hold.length)
      const command = this.commands[at]!
      if (!(await this.selects(command))) {
        at = command.name === '{' ? command.jump : at + 1
        continue
      }
      const next = await this.step(command, at)
      if (next === 'delete') {
        this.flush()
        return 'done'
      }
      if (next === 'restart') {
        this.flush()
        return 'restart'
      }
      if (next === 'end') break
      at = next
    }
    if (!this.isQuiet && this.quitCode !== -1) this.print(this.space)
    if (this.quitCode === -1) this.quitCode = this.silentCode
    this.flush()
    return 'done'
  }

  private silentCode = 0

  private print(text: string): void {
    this.out(this.ended ? `${text}\n` : text)
  }

  private flush(): void {
    for (const text of this.appended.splice(0)) this.out(text)
  }

  private async step(command: SedCommand, at: number): Promise<number | 'end' | 'delete' | 'restart'> {
    switch (command.name) {
      case 's':
        await this.substitute(command.substitution!)
        break
      case 'e':
        // Without words the pattern space is the command; with them their output comes before it.
        if (command.text === '') this.space = withoutNewline(await this.outputOf(this.space))
        else this.out(await this.outputOf(command.text))
        break
      case 'y':
        this.space = [...this.space].map((c) => command.translation!.get(c) ?? c).join('')
        break
      case 'p':
        this.print(this.space)
        break
      case 'P':
        this.out(`${this.space.split('\n')[0]}\n`)
        break
      case 'd':
        return 'delete'
      case 'D':
        if (!this.space.includes('\n')) return 'delete'
        this.space = this.space.slice(this.space.indexOf('\n') + 1)
        return 'restart'
      case 'n':
        if (await this.input.isLast()) return this.atEnd()
        if (!this.isQuiet) this.print(this.space)
        this.flush()
        await this.nextLine()
        break
      case 'N': {
        if (await this.input.isLast()) return this.atEnd()
        const before = this.space
        this.flush()
        await this.nextLine()
        this.space = `${before}\n${this.space}`
        break
      }
      case 'g':
        this.space = this.hold
        break
      case 'G':
        this.space += `\n${this.hold}`
        break
      case 'h':
        this.hold = this.space
        break
      case 'H':
        this.hold += `\n${this.space}`
        break
      case 'x':
        ;[this.space, this.hold] = [this.hold, this.space]
        break
      case 'z':
        this.space = ''
        break
      case '=':
        this.out(`${this.lineNumber}\n`)
        break
      case 'F':
        this.out(`${this.input.fileName}\n`)
        break
      case 'l':
        this.out(`${visible(this.space)}$\n`)
        break
      case 'a':
        this.appended.push(command.text)
        break
      case 'i':
        this.out(command.text)
        break
      case 'c':
        if (command.to === null || command.activeUntil === -1 || command.isNegated) this.out(command.text)
        return 'delete'
      case 'r':
        if (this.proc.files.isFile(command.text)) this.appended.push(this.proc.files.read(command.text))
        break
      case 'w':
        this.writeFile(command.text)
        break
      case 'q':
        this.quitCode = Number(command.text || 0)
        return 'end'
      case 'Q':
        this.quitCode = -1
        this.silentCode = Number(command.text || 0)
        return 'end'
      case 'b':
        return this.target(command)
      case 't':
        if (!this.substituted) break
        this.substituted = false
        return this.target(command)
      case 'T':
        if (!this.substituted) return this.target(command)
        this.substituted = false
        break
      case '{':
      case ':':
        break
      default:
        throw new SedError(`command \`${command.name}' is not emulated by netlab`)
    }
    return at + 1
  }

  /** GNU prints the pattern space when there is no next line. */
  private atEnd(): 'end' {
    this.quitCode = 0
    return 'end'
  }

  private target(command: SedCommand): number | 'end' {
    return command.text === '' ? 'end' : this.labels.get(command.text)!
  }

  private writeFile(path: string): void {
    if (path === '/dev/stdout') this.print(this.space)
    else {
      this.proc.files.write(path, `${this.space}\n`, { append: true })
    }
  }

  private async outputOf(command: string): Promise<string> {
    const pipe = new Pipe()
    await this.proc.drain()
    const child = this.proc.spawn(['/bin/sh', '-c', command], { stdout: outputFile(pipe) })
    const file = inputFile(pipe)
    const text = await this.proc.reader(file).readAll()
    file.close()
    await this.proc.waitFor(child)
    return text
  }

  private async substitute(work: Substitution): Promise<void> {
    const regex = work.regex ?? this.lastRegex
    if (regex === null) throw new SedError('-e expression #1, char 0: no previous regular expression')
    this.lastRegex = regex
    let count = 0
    let changed = false
    const global = regex.global ? regex : boundedRegex(regex.source, `${regex.flags}g`)
    global.lastIndex = 0
    let behind = -1
    const result = this.space.replace(global, (...args) => {
      const whole = args[0] as string
      const offset = args.find((arg) => typeof arg === 'number') as number
      if (whole === '' && offset === behind) return ''
      behind = offset + whole.length
      count++
      if (count < work.nth || (count > work.nth && !work.isGlobal)) return args[0] as string
      changed = true
      const groups = args.slice(
        0,
        args.findIndex((arg) => typeof arg === 'number'),
      ) as (string | undefined)[]
      return fillReplacement(work.replacement, groups)
    })
    if (!changed) return
    this.space = work.evaluates ? withoutNewline(await this.outputOf(result)) : result
    this.substituted = true
    if (work.prints) this.print(this.space)
    if (work.file !== null) this.writeFile(work.file)
  }

  private async selects(command: SedCommand): Promise<boolean> {
    if (command.from === null) return !command.isNegated
    const inside = command.to === null ? await this.matches(command.from) : await this.inRange(command)
    return inside !== command.isNegated
  }

  private async inRange(command: SedCommand): Promise<boolean> {
    const to = command.to!
    if (command.activeUntil === -1) {
      const startsAtZero = command.from!.kind === 'line' && command.from!.line === 0 && this.lineNumber === 1
      if (!startsAtZero && !(await this.matches(command.from!))) return false
      if (startsAtZero && (await this.matches(to))) return true
      command.activeUntil = this.rangeEnd(to)
      if (command.activeUntil <= this.lineNumber) command.activeUntil = -1
      return true
    }
    if (command.activeUntil !== Number.POSITIVE_INFINITY) {
      if (this.lineNumber > command.activeUntil) {
        command.activeUntil = -1
        return this.inRange(command)
      }
      if (this.lineNumber === command.activeUntil) command.activeUntil = -1
      return true
    }
    if (await this.matches(to)) command.activeUntil = -1
    return true
  }

  private rangeEnd(to: Address): number {
    if (to.kind === 'line') return to.line
    if (to.kind === 'plus') return this.lineNumber + to.count
    if (to.kind === 'multiple') return to.of === 0 ? this.lineNumber : Math.ceil(this.lineNumber / to.of) * to.of
    return Number.POSITIVE_INFINITY
  }

  private async matches(address: Address): Promise<boolean> {
    switch (address.kind) {
      case 'line':
        return this.lineNumber === address.line
      case 'last':
        return this.input.isLast()
      case 'step':
        return address.step === 0
          ? this.lineNumber === address.first
          : this.lineNumber >= address.first && (this.lineNumber - address.first) % address.step === 0
      case 'regex': {
        const regex = address.regex ?? this.lastRegex
        if (regex === null) throw new SedError('-e expression #1, char 0: no previous regular expression')
        this.lastRegex = regex
        regex.lastIndex = 0
        return regex.test(this.space)
      }
      case 'plus':
      case 'multiple':
        return false
    }
  }
}

function fillReplacement(parts: readonly ReplacementPart[], groups: readonly (string | undefined)[]): string {
  let out = ''
  let mode: 'U' | 'L' | 'E' = 'E'
  let once: 'u' | 'l' | null = null
  for (const part of parts) {
    if (typeof part === 'object' && 'mode' in part) {
      if (part.mode === 'u' || part.mode === 'l') once = part.mode
      else mode = part.mode
      continue
    }
    let text = typeof part === 'string' ? part : (groups[part.group] ?? '')
    if (mode === 'U') text = text.toUpperCase()
    else if (mode === 'L') text = text.toLowerCase()
    if (once !== null && text !== '') {
      text = (once === 'u' ? text[0]!.toUpperCase() : text[0]!.toLowerCase()) + text.slice(1)
      once = null
    }
    out += text
  }
  return out
}

function visible(text: string): string {
  const names: Record<string, string> = {
    '\\': '\\\\',
    '\n': '\\n',
    '\t': '\\t',
    '\r': '\\r',
    '\x07': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\v': '\\v',
  }
  return text.replace(/[\\\x00-\x1f\x7f]/g, (c) => names[c] ?? `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`)
}

function withoutNewline(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text
}
