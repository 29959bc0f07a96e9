// TCP options: ", options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7]".
import type { Dissector } from '../dissector.js'

const NAMES: Readonly<Record<number, string>> = {
  0: 'eol',
  1: 'nop',
  2: 'mss',
  3: 'wscale',
  4: 'sackOK',
  5: 'sack',
  6: 'echo',
  7: 'echoreply',
  8: 'TS',
  11: 'cc',
  12: 'ccnew',
  13: '',
  19: 'md5',
  20: 'scps',
  28: 'uto',
  29: 'tcp-ao',
  30: 'mptcp',
  34: 'tfo',
  254: 'exp',
}
const WITHOUT_LENGTH = 2

/** What reading one option came to: bytes of data that its kind should have, or why it ended. */
type OptionEnd = number | 'bad' | 'cut'

/** False when the options were broken, which ends the line. */
export function printTcpOptions(d: Dissector, at: number, length: number, sackBase: number): boolean {
  const end = at + length
  d.print(', options [')
  for (let option = at, first = true; option < end; first = false) {
    if (!first) d.print(',')
    const kind = d.u8(option)
    const size = kind < WITHOUT_LENGTH ? 1 : d.u8(option + 1)
    if (kind >= WITHOUT_LENGTH && (size < 2 || size > end - option)) return broken(d, first)
    d.print(NAMES[kind] ?? `unknown-${kind}`)
    const head = kind < WITHOUT_LENGTH ? 1 : 2
    const data = printOption(d, { kind, at: option + head, size: size - head, left: end - option - head, sackBase })
    if (data === 'bad') return broken(d, first)
    if (data === 'cut') {
      d.truncated()
      if (!first) d.print('>')
      return false
    }
    if (data + head !== size) d.print(`[len ${size}]`)
    if (kind === 0) break
    option += head + data
  }
  d.print(']')
  return true
}

function broken(d: Dissector, first: boolean): boolean {
  d.print(first ? '[bad opt]' : '[bad opt]]')
  return false
}

interface TcpOption {
  readonly kind: number
  /** Of the data behind kind and length. */
  readonly at: number
  readonly size: number
  /** Bytes to the end of all options. */
  readonly left: number
  readonly sackBase: number
}

function printOption(d: Dissector, option: TcpOption): OptionEnd {
  const { at } = option
  switch (option.kind) {
    case 0:
    case 1:
    case 4:
      return 0
    case 2:
      return fixed(d, option, 2, () => ` ${d.u16(at)}`)
    case 3:
      return fixed(d, option, 1, () => ` ${d.u8(at)}`)
    case 5:
      return printSack(d, option)
    case 6:
    case 7:
    case 11:
    case 12:
    case 13:
      return fixed(d, option, 4, () => ` ${d.u32(at)}`)
    case 8:
      return fixed(d, option, 8, () => ` val ${d.u32(at)} ecr ${d.u32(at + 4)}`)
    case 19:
      return fixed(d, option, 16, () => ` can't check - ${d.hex(at, 16)}`)
    case 20:
      return fixed(d, option, 2, () => ` cap ${d.hex(at, 1)} id ${d.u8(at + 1)}`)
    case 28:
      return fixed(d, option, 2, () => userTimeout(d.u16(at)))
    case 34:
      return fixed(d, option, option.size, () => ` ${fastOpen(d, at, option.size)}`)
    case 254:
      if (option.size < 2) return 'bad'
      return fixed(d, option, option.size, () => experiment(d, at, option.size))
    default:
      return fixed(d, option, option.size, () => (option.size > 0 ? ` 0x${d.hex(at, option.size)}` : ''))
  }
}

/** An option whose kind says how long its data is. */
function fixed(d: Dissector, option: TcpOption, size: number, text: () => string): OptionEnd {
  if (size > option.left) return 'bad'
  if (!d.has(option.at, size)) return 'cut'
  d.print(text())
  return size
}

function printSack(d: Dissector, option: TcpOption): OptionEnd {
  if (option.size % 8 !== 0) {
    d.print(' invalid sack')
    return option.size
  }
  d.print(` ${option.size / 8} `)
  for (let i = 0; i < option.size; i += 8) {
    if (i + 8 > option.left) return 'bad'
    if (!d.has(option.at + i, 8)) return 'cut'
    const edge = (at: number): number => (d.u32(at) - option.sackBase) >>> 0
    d.print(`{${edge(option.at + i)}:${edge(option.at + i + 4)}}`)
  }
  return option.size
}

function userTimeout(value: number): string {
  return ` 0x${value.toString(16)} ${value & 1 ? (value >> 1) * 60 : value >> 1}`
}

function fastOpen(d: Dissector, at: number, size: number): string {
  if (size === 0) return ' cookiereq'
  return size % 2 !== 0 || size < 4 || size > 16 ? ' (invalid)' : ` cookie ${d.hex(at, size)}`
}

function experiment(d: Dissector, at: number, size: number): string {
  const magic = d.u16(at)
  return magic === 0xf989 ? `-tfo${fastOpen(d, at + 2, size - 2)}` : `-${d.hex(at, 2)}`
}
