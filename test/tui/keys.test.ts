import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeySplitter, wheelLines } from '../../src/tui/terminal/keys.js'

const names = (text: string) => {
  const splitter = new KeySplitter()
  const keys = [...splitter.push(text), ...splitter.flush()]
  return keys.map(
    (key) =>
      `${key.ctrl ? 'C-' : ''}${key.alt ? 'A-' : ''}${key.shift ? 'S-' : ''}${key.name}${key.name === 'char' || key.name === 'paste' ? `:${key.text}` : ''}`,
  )
}

describe('keys', () => {
  it('splits text glued with Enter', () => expect(names('ls\r')).toEqual(['char:l', 'char:s', 'return']))
  it('knows the function keys of xterm, vt and the Linux console', () =>
    expect(names('\x1bOP\x1b[12~\x1b[[C\x1b[21~')).toEqual(['f1', 'f2', 'f3', 'f10']))
  it('knows modified arrows and Alt letters', () =>
    expect(names('\x1b[1;5D\x1bb\x1b[1;3C\x1b[Z')).toEqual(['C-left', 'A-b', 'A-right', 'S-tab']))
  it('tells Backspace from Delete', () => expect(names('\x7f\x1b[3~')).toEqual(['backspace', 'delete']))
  it('keeps a paste of several lines as one unit', () =>
    expect(names('a\x1b[200~one\rtwo\x1b[201~b')).toEqual(['char:a', 'paste:one\rtwo', 'char:b']))
  it('takes a lone Escape only when nothing follows', () => {
    const splitter = new KeySplitter()
    expect(splitter.push('\x1b')).toEqual([])
    expect(splitter.flush().map((key) => key.name)).toEqual(['escape'])
  })
  it('reads the mouse wheel', () =>
    expect([wheelLines('\x1b[<64;3;4M'), wheelLines('\x1b[<65;3;4M'), wheelLines('\x1b[<0;3;4M')]).toEqual([-3, 3, 0]))
  it('gives the same keys however the bytes are cut', () => {
    const unit = fc.constantFrom(
      'a',
      '你',
      '\x1b[A',
      '\x1bOP',
      '\r',
      '\x1b[200~x\ny\x1b[201~',
      '\x01',
      '\x1b[1;5C',
      '\x1b[<64;1;1M',
      '\x1bf',
    )
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 20 }), fc.array(fc.nat(7), { maxLength: 60 }), (units, cuts) => {
        const whole = names(units.join(''))
        const bytes = Buffer.from(units.join(''))
        const splitter = new KeySplitter()
        const keys = []
        let at = 0
        for (const cut of cuts) {
          keys.push(...splitter.push(bytes.subarray(at, at + cut)))
          at += cut
        }
        keys.push(...splitter.push(bytes.subarray(at)), ...splitter.flush())
        expect(keys.length).toBe(whole.length)
      }),
    )
  })
})
