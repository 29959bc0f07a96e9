// Domain names inside DNS messages: compressed on the wire, dotted on the screen.
import type { Dissector } from '../dissector.js'

const MAX_NAME = 255

/** Where the reading goes on behind a name; null when the name is broken or cut short. */
export function skipDomainName(d: Dissector, from: number): number | null {
  for (let at = from; ; ) {
    if (!d.has(at, 1)) return null
    const length = d.bytes[at]!
    if (length === 0) return at + 1
    if (length >= 0xc0) return at + 2
    if (length > 63) return null
    at += 1 + length
  }
}

/** Prints the name at `from`; pointers count from `base` and may only go back. Where the reading goes on, or null. */
export function printDomainName(d: Dissector, from: number, base: number): number | null {
  let at = from
  let next = 0
  let limit = from - base
  let shown = 0
  if (!d.has(at, 1)) return null
  if (d.bytes[at] === 0) {
    d.print('.')
    return at + 1
  }
  for (;;) {
    if (!d.has(at, 1)) return null
    const length = d.bytes[at]!
    if (length === 0) break
    if (length >= 0xc0) {
      if (!d.has(at + 1, 1)) return null
      if (next === 0) next = at + 2
      const offset = ((length & 0x3f) << 8) | d.bytes[at + 1]!
      if (offset >= limit) {
        d.print('<BAD PTR>')
        return null
      }
      limit = offset
      at = base + offset
      continue
    }
    if (length > 63) {
      d.print('<BAD LABEL TYPE>')
      return null
    }
    if (shown < MAX_NAME && !d.chars(at + 1, Math.min(length, MAX_NAME - shown))) return null
    shown += length
    if (shown <= MAX_NAME) d.print('.')
    shown++
    at += 1 + length
  }
  if (shown > MAX_NAME) d.print('<DOMAIN NAME TOO LONG>')
  return next === 0 ? at + 1 : next
}
