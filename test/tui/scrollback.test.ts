import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Scrollback } from '../../src/tui/terminal/scrollback.js'

const shown = (text: string, columns = 20, rows = 5) => {
  const back = new Scrollback(columns, rows)
  back.write(text)
  return back.view(rows, 0, [back.tail]).rows
}

describe('scrollback', () => {
  it('keeps colours and closes them at the end of each line', () =>
    expect(shown('a\x1b[31mb\x1b[0mc\n')).toEqual(['a\x1b[31mb\x1b[0mc', '']))
  it('obeys carriage return, backspace and tab', () => expect(shown('abc\rX\tY\bZ')).toEqual(['Xbc     Z']))
  it('erases to the end of the line', () => expect(shown('abcdef\rXY\x1b[K')).toEqual(['XY']))
  it('wraps long lines by cells', () => expect(shown('一二三四五', 4, 5)).toEqual(['一二三四五']))
  it('drops titles, queries and unknown sequences', () =>
    expect(shown('a\x1b]0;evil\x07b\x1b[6nc\x1bP+q\x1b\\d\x9be\x1b[?1000hf')).toEqual(['abcdef']))
  it('holds a sequence that comes in two parts', () => {
    const back = new Scrollback()
    back.write('a\x1b[3')
    back.write('1mb')
    expect(back.tail).toBe('a\x1b[31mb\x1b[0m')
  })
  it('clears the page and keeps it reachable', () => {
    const back = new Scrollback(20, 3)
    back.write('one\ntwo\n\x1b[H\x1b[2Jthree\n')
    expect(back.view(3, 0, []).rows).toEqual(['three'])
    expect(back.view(3, 1, []).rows).toEqual(['one', 'two', 'three'].slice(0, 3))
  })
  it('gives watch and less a page of their own', () => {
    const back = new Scrollback(20, 4)
    back.write('before\n\x1b[?1049h\x1b[Hone\n\rtwo')
    expect(back.view(4, 0, []).rows).toEqual(['one', 'two'])
    back.write('\x1b[H\x1b[JONE\x1b[?1049l')
    expect(back.view(4, 0, []).rows).toEqual(['before'])
  })
  it('stays bounded', () => {
    const back = new Scrollback()
    for (let line = 0; line < 30_000; line++) back.write(`line ${line}\n`)
    expect(back.lineCount).toBeLessThanOrEqual(10_000)
    expect(back.view(1, 0, []).rows).toEqual(['line 29999'])
  })
  it('never lets a control character through', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '\x1b', '[', ']', '3', ';', 'm', 'H', '\x07', '\x9b', '\r', '\n', '你', '\x1b[31m', '?1049h', 'J')),
        (parts) => {
          const back = new Scrollback(10, 4)
          for (const part of parts) back.write(part)
          for (const row of back.view(4, 0, [back.tail]).rows) {
            expect(row.replace(/\x1b\[[\d;]*m/g, '')).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
          }
        },
      ),
    )
  })
})
