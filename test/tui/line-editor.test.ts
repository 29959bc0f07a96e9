import { describe, expect, it } from 'vitest'
import { KeySplitter } from '../../src/tui/terminal/keys.js'
import { LineEditor } from '../../src/tui/terminal/line-editor.js'

function type(editor: LineEditor, text: string) {
  const splitter = new KeySplitter()
  return [...splitter.push(text), ...splitter.flush()].map((key) => editor.press(key))
}
const typed = (text: string, history: string[] = []) => {
  const editor = new LineEditor()
  editor.setHistory(history)
  type(editor, text)
  return `${editor.line.slice(0, editor.cursor)}|${editor.line.slice(editor.cursor)}`
}

describe('line editor', () => {
  it('moves and kills as bash does', () => {
    expect(typed('ip addr\x01X')).toBe('X|ip addr')
    expect(typed('ip addr show\x17')).toBe('ip addr |')
    expect(typed('ip 10.0.0.1/24\x17\x19')).toBe('ip 10.0.0.1/24|')
    expect(typed('ip addr\x15')).toBe('|')
    expect(typed('ip addr\x15\x19')).toBe('ip addr|')
    expect(typed('ip addr\x01\x0b\x19\x19')).toBe('ip addrip addr|')
    expect(typed('ip addr show\x1bb\x1bb')).toBe('ip |addr show')
    expect(typed('ip addr show\x1bb\x1bbX\x1bf')).toBe('ip Xaddr| show')
    expect(typed('ip addr show\x01\x1bd\x1bd\x19')).toBe(' addr| show')
    expect(typed('ab\x14')).toBe('ba|')
    expect(typed('你好\x7f')).toBe('你|')
    expect(typed('abc\x1b[D\x1b[D\x1b[3~')).toBe('a|c')
  })
  it('walks through the history and searches it', () => {
    const history = ['ip a', 'ping -c 1 10.0.0.2', 'brctl show']
    expect(typed('\x1b[A\x1b[A', history)).toBe('ping -c 1 10.0.0.2|')
    expect(typed('\x12ip', history)).toBe('ip a|')
    expect(typed('\x12i\x12', history)).toBe('ip a|')
    expect(typed('xy\x12ip\x07', history)).toBe('xy|')
    expect(typed('tail \x1b.', history)).toBe('tail show|')
    expect(typed('tail \x1b.\x1b.', history)).toBe('tail 10.0.0.2|')
  })
  it('names a search that finds nothing', () => {
    const editor = new LineEditor()
    editor.setHistory(['ip a'])
    type(editor, '\x12zz')
    expect(editor.searchLabel).toBe("(failed reverse-i-search)`zz': ")
  })
  it('completes to the common prefix and lists on the second Tab', () => {
    const editor = new LineEditor((text) => ({ from: 3, candidates: text === 'ip a' ? ['addr', 'addrlabel'] : ['addr', 'addrlabel'] }))
    expect(type(editor, 'ip a\t')).toHaveLength(5)
    expect(editor.line).toBe('ip addr')
    expect(type(editor, '\t\t').at(-1)).toEqual({ kind: 'candidates', candidates: ['addr', 'addrlabel'] })
  })
  it('completes a single candidate with a blank, a folder without', () => {
    const only = (word: string) => {
      const editor = new LineEditor(() => ({ from: 0, candidates: [word] }))
      type(editor, 'e\t')
      return editor.line
    }
    expect([only('etc/'), only('export')]).toEqual(['etc/', 'export '])
  })
  it('Ctrl-C clears the line, Ctrl-D ends only an empty one', () => {
    const editor = new LineEditor()
    expect(type(editor, 'abc\x03').at(-1)).toEqual({ kind: 'interrupt', line: 'abc' })
    expect(editor.line).toBe('')
    expect(type(editor, '\x04')).toEqual([{ kind: 'eof' }])
    expect(type(editor, 'ab\x01\x04').at(-1)).toEqual({ kind: 'edited' })
    expect(editor.line).toBe('b')
  })
  it('hands the line over on Enter and keeps it in the history', () => {
    const editor = new LineEditor()
    expect(type(editor, 'ip a\r').at(-1)).toEqual({ kind: 'submit', line: 'ip a' })
    expect(type(editor, '\x1b[A').length).toBe(1)
    expect(editor.line).toBe('ip a')
    expect(type(editor, '\x15\r').at(-1)).toEqual({ kind: 'submit', line: '' })
  })
})
