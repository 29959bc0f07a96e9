// Bytes from the terminal to keys: one key, one paste or one mouse report at a time, however the bytes were cut into chunks.
import { StringDecoder } from 'node:string_decoder'

export interface Key {
  /** 'char' carries `text`; control and Alt keys carry the letter's name; named keys carry their own. */
  readonly name: string
  readonly text: string
  readonly ctrl: boolean
  readonly alt: boolean
  readonly shift: boolean
  /** The bytes as they came, for a program that reads them itself. */
  readonly raw: string
}

const PASTE_BEGIN = '\x1b[200~'
const PASTE_END = '\x1b[201~'

const TILDE_KEYS: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
}
const LETTER_KEYS: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  E: 'clear',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
  Z: 'tab',
}
const LINUX_CONSOLE_KEYS: Readonly<Record<string, string>> = { A: 'f1', B: 'f2', C: 'f3', D: 'f4', E: 'f5' }

function key(name: string, raw: string, modifiers: { ctrl?: boolean; alt?: boolean; shift?: boolean; text?: string } = {}): Key {
  return {
    name,
    raw,
    text: modifiers.text ?? '',
    ctrl: modifiers.ctrl ?? false,
    alt: modifiers.alt ?? false,
    shift: modifiers.shift ?? false,
  }
}

/** Splits a byte stream into keys. A lone Escape is told from the start of a sequence by `flush()`, called when nothing followed for a while. */
export class KeySplitter {
  readonly #decoder = new StringDecoder('utf8')
  #pending = ''

  get isWaiting(): boolean {
    return this.#pending !== ''
  }

  push(bytes: Buffer | string): Key[] {
    this.#pending += typeof bytes === 'string' ? bytes : this.#decoder.write(bytes)
    return this.#take(false)
  }

  flush(): Key[] {
    return this.#take(true)
  }

  #take(final: boolean): Key[] {
    const keys: Key[] = []
    while (this.#pending !== '') {
      const length = unitLength(this.#pending, final)
      if (length === 0) break
      keys.push(decodeKey(this.#pending.slice(0, length)))
      this.#pending = this.#pending.slice(length)
    }
    return keys
  }
}

/** Characters of the first unit in `text`; 0 = more is needed. */
function unitLength(text: string, final: boolean): number {
  if (text[0] !== '\x1b') return String.fromCodePoint(text.codePointAt(0) ?? 0).length
  if (text.length === 1) return final ? 1 : 0
  if (text.startsWith(PASTE_BEGIN)) return pasteLength(text)
  if (PASTE_BEGIN.startsWith(text) && !final) return 0
  if (text[1] === '[') return csiLength(text, final)
  if (text[1] === 'O') return text.length > 2 ? 3 : final ? 2 : 0
  if (text[1] === '\x1b') return 1
  return 1 + String.fromCodePoint(text.codePointAt(1) ?? 0).length
}

// A paste waits for its end however long that takes: half of one must never run as commands.
function pasteLength(text: string): number {
  const end = text.indexOf(PASTE_END)
  return end < 0 ? 0 : end + PASTE_END.length
}

function csiLength(text: string, final: boolean): number {
  if (text[2] === '[') return text.length > 3 ? 4 : final ? text.length : 0
  if (text[2] === 'M') return text.length >= 6 ? 6 : final ? text.length : 0
  for (let at = 2; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 0x40 && code <= 0x7e) return at + 1
    if (code < 0x20 || code > 0x3f) return at
  }
  return final ? text.length : 0
}

function decodeKey(raw: string): Key {
  if (raw.startsWith(PASTE_BEGIN)) return key('paste', raw, { text: raw.slice(PASTE_BEGIN.length, -PASTE_END.length) })
  if (raw[0] !== '\x1b') return decodePlain(raw, false)
  if (raw.length === 1) return key('escape', raw)
  if (raw[1] === '[') return decodeCsi(raw)
  if (raw[1] === 'O' && raw.length === 3) return key(LETTER_KEYS[raw[2] ?? ''] ?? 'unknown', raw)
  return { ...decodePlain(raw.slice(1), true), raw }
}

function decodePlain(raw: string, alt: boolean): Key {
  const code = raw.codePointAt(0) ?? 0
  if (raw === '\r' || raw === '\n') return key('return', raw, { alt })
  if (raw === '\t') return key('tab', raw, { alt })
  if (raw === '\x7f' || raw === '\b') return key('backspace', raw, { alt })
  if (code === 0) return key('space', raw, { ctrl: true, alt })
  if (code < 27) return key(String.fromCharCode(code + 96), raw, { ctrl: true, alt })
  if (code < 32) return key(String.fromCharCode(code + 64), raw, { ctrl: true, alt })
  if (alt) return key(raw.toLowerCase(), raw, { alt, shift: raw !== raw.toLowerCase(), text: raw })
  return key('char', raw, { text: raw })
}

function decodeCsi(raw: string): Key {
  if (raw[2] === '<' || raw[2] === 'M') return key('mouse', raw)
  if (raw[2] === '[') return key(LINUX_CONSOLE_KEYS[raw[3] ?? ''] ?? 'unknown', raw)
  const last = raw.at(-1) ?? ''
  const parts = raw.slice(2, -1).split(';')
  const modifier = Number(parts[1] ?? '1') - 1
  const modifiers = { shift: (modifier & 1) !== 0 || last === 'Z', alt: (modifier & 2) !== 0, ctrl: (modifier & 4) !== 0 }
  const name = last === '~' ? TILDE_KEYS[parts[0] ?? ''] : LETTER_KEYS[last]
  return key(name ?? 'unknown', raw, modifiers)
}

/** Lines scrolled by a mouse report: negative up, positive down, 0 for anything else. */
export function wheelLines(raw: string): number {
  const match = /^\x1b\[<(\d+);\d+;\d+[Mm]$/.exec(raw)
  if (match === null) return 0
  if (match[1] === '64') return -3
  return match[1] === '65' ? 3 : 0
}
