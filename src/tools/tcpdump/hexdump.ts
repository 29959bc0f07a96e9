// The dumps of -x, -X and -A, and of payloads that no printer knows.
import type { Dissector } from './dissector.js'

const LINE = 16

/** -x: "\n\t0x0000:  4500 0054 ..." */
export function hexDump(d: Dissector, indent: string, at: number, length: number): void {
  for (let line = 0; line < length; line += LINE) {
    d.print(`${indent}${offset(line)}: ${words(d, at + line, Math.min(LINE, length - line))}`)
  }
}

/** -X: the same with a column of characters. */
export function hexAsciiDump(d: Dissector, indent: string, at: number, length: number): void {
  for (let line = 0; line < length; line += LINE) {
    const count = Math.min(LINE, length - line)
    d.print(`${indent}${offset(line)}: ${words(d, at + line, count).padEnd(40)}  ${graphs(d, at + line, count)}`)
  }
}

/** -A: characters only, lines where the data has them. */
export function asciiDump(d: Dissector, at: number, length: number): void {
  let text = '\n'
  for (let i = at; i < at + length; i++) {
    const byte = d.u8(i)
    const left = at + length - i - 1
    if (byte === 13) {
      // A carriage return at the end of a line is not shown.
      if (left > 1 && d.u8(i + 1) !== 10) text += '.'
    } else text += byte === 9 || byte === 10 || byte === 32 ? String.fromCharCode(byte) : graph(byte)
  }
  d.print(text)
}

/** What no printer knows, unless a dump was asked for anyway. */
export function defaultDump(d: Dissector, at: number): void {
  if (!d.options.noDefaultDump) hexAsciiDump(d, '\n\t', at, d.available(at))
}

/** Bytes that nobody knows, as far as they were captured. */
export function unknownData(d: Dissector, at: number, indent: string, length: number): void {
  hexDump(d, indent, at, Math.min(length, d.available(at)))
}

function offset(line: number): string {
  return `0x${line.toString(16).padStart(4, '0')}`
}

function words(d: Dissector, at: number, count: number): string {
  let text = ''
  for (let i = 0; i < count; i++)
    text +=
      (i % 2 === 0 ? ' ' : '') +
      d
        .u8(at + i)
        .toString(16)
        .padStart(2, '0')
  return text
}

function graphs(d: Dissector, at: number, count: number): string {
  let text = ''
  for (let i = 0; i < count; i++) text += graph(d.u8(at + i))
  return text
}

function graph(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
}
