// Variables, arrays and conversions of a running awk program.

import type { Process } from '../../node/process.js'
import { formatPrintf } from '../../shell/printf.js'
import { AwkRecord } from './awk-record.js'
import { type AwkArray, type AwkValue, fromInput, toNumber, toText } from './awk-value.js'

export type Locals = Map<string, AwkValue | AwkArray | null>

export class AwkState {
  readonly globals = new Map<string, AwkValue>()
  readonly arrays = new Map<string, AwkArray>()
  readonly record: AwkRecord
  protected readonly frames: Locals[] = []
  private lastSeed = 0

  constructor(protected readonly proc: Process) {
    this.record = new AwkRecord(this.globals, (value) => this.text(value))
    const defaults: [string, AwkValue][] = [
      ['FS', ' '],
      ['OFS', ' '],
      ['ORS', '\n'],
      ['RS', '\n'],
      ['NR', 0],
      ['FNR', 0],
      ['NF', 0],
      ['SUBSEP', '\x1c'],
      ['CONVFMT', '%.6g'],
      ['OFMT', '%.6g'],
      ['RSTART', 0],
      ['RLENGTH', -1],
      ['FILENAME', ''],
    ]
    for (const [name, value] of defaults) this.globals.set(name, value)
    this.arrays.set('ENVIRON', new Map([...proc.env].map(([name, value]) => [name, fromInput(value)])))
  }

  get clockUs(): number {
    return this.proc.clock
  }

  text(value: AwkValue): string {
    return toText(value, (n) => this.format('CONVFMT', n))
  }

  protected output(value: AwkValue): string {
    return toText(value, (n) => this.format('OFMT', n))
  }

  protected format(name: 'CONVFMT' | 'OFMT', value: number): string {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
    if (Number.isInteger(value)) return formatPrintf('%d', [BigInt(value).toString()]).text
    const format = this.globals.get(name)
    return formatPrintf(typeof format === 'string' ? format : '%.6g', [String(value)]).text
  }

  random(): number {
    return this.proc.random.uint32() / 0x100000000
  }

  seed(value: number | null): number {
    const before = this.lastSeed
    this.lastSeed = value ?? Math.floor(this.proc.clock / 1e6)
    return before
  }

  array(name: string): AwkArray {
    const frame = this.frames[this.frames.length - 1]
    if (frame?.has(name) === true) {
      const local = frame.get(name)
      if (local instanceof Map) return local
      const fresh: AwkArray = new Map()
      frame.set(name, fresh)
      return fresh
    }
    let array = this.arrays.get(name)
    if (array === undefined) {
      array = new Map()
      this.arrays.set(name, array)
    }
    return array
  }

  protected variable(name: string): AwkValue {
    const frame = this.frames[this.frames.length - 1]
    if (frame?.has(name) === true) {
      const local = frame.get(name)
      return local === null || local === undefined || local instanceof Map ? '' : local
    }
    if (name === 'NF') return this.record.count
    return this.globals.get(name) ?? ''
  }

  protected isUnset(name: string): boolean {
    const frame = this.frames[this.frames.length - 1]
    return frame?.has(name) === true ? frame.get(name) === null : !this.globals.has(name) && name !== 'NF'
  }

  setVariable(name: string, value: AwkValue): void {
    const frame = this.frames[this.frames.length - 1]
    if (frame?.has(name) === true) frame.set(name, value)
    else if (name === 'NF') this.record.count = toNumber(value)
    else this.globals.set(name, value)
  }
}
