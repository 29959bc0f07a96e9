// TFTP requests, data blocks and errors.
import type { Dissector } from '../dissector.js'

const OPERATIONS = ['', 'RRQ', 'WRQ', 'DATA', 'ACK', 'ERROR', 'OACK']
const ERRORS = ['EUNDEF', 'ENOTFOUND', 'EACCESS', 'ENOSPACE', 'EBADOP', 'EBADID', 'EEXISTS', 'ENOUSER']

export function printTftp(d: Dissector, from: number, length: number): void {
  d.protocol = 'tftp'
  d.print(d.since(4.99) ? `TFTP, length ${length}` : ` ${length}`)
  if (length < 2) return d.truncated()
  const code = d.u16(from)
  const name = code > 0 ? OPERATIONS[code] : undefined
  d.print(`${d.since(4.99) ? ',' : ''} ${name ?? `tftp-#${code}`}`)
  if (name !== undefined && !printOperation(d, code, from + 2, length - 2)) d.truncated()
}

/** False when cut short. */
function printOperation(d: Dissector, code: number, at: number, length: number): boolean {
  if (code === 3 || code === 4) {
    if (length < 2) return false
    d.print(` block ${d.u16(at)}`)
    return true
  }
  if (code === 6) return printTexts(d, at, length)
  if (code === 5) return printError(d, at, length)
  if (length === 0) return false
  d.print(' "')
  const file = d.zeroText(at, length)
  d.print('"')
  if (file === 0 || file === length) return false
  d.print(' ')
  const mode = d.zeroText(at + file, length - file)
  return mode > 0 && printTexts(d, at + file + mode, length - file - mode)
}

function printTexts(d: Dissector, from: number, length: number): boolean {
  for (let at = from; at < from + length; ) {
    if (d.u8(at) !== 0) d.print(' ')
    const taken = d.zeroText(at, from + length - at)
    if (taken === 0) return false
    at += taken
  }
  return true
}

function printError(d: Dissector, at: number, length: number): boolean {
  if (length < 2) return false
  const error = d.u16(at)
  d.print(` ${ERRORS[error] ?? `tftp-err-#${error} "`}`)
  if (length === 2) return false
  d.print(' "')
  const taken = d.zeroText(at + 2, length - 2)
  d.print('"')
  return taken > 0
}
