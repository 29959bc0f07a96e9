import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderMarkdown } from '../../src/tui/prose/render.js'
import { squeezeTables } from '../../src/tui/prose/squeeze.js'
import { wrapProse } from '../../src/tui/prose/wrap.js'
import { plainText, textWidth, wrapCells } from '../../src/tui/terminal/width.js'
import { makeTheme } from '../../src/tui/theme.js'

const plain = makeTheme('none', false)

describe('prose', () => {
  it('breaks English at blanks', () => expect(wrapProse('the quick brown fox', 10)).toEqual(['the quick', 'brown fox']))
  it('breaks Chinese between ideographs, never before closing punctuation', () =>
    expect(wrapProse('网桥是一个软件交换机。它有端口。', 10)).toEqual(['网桥是一个', '软件交换', '机。它有端', '口。']))
  it('keeps opening brackets with what they open', () => expect(wrapProse('一二三「四五」', 8)).toEqual(['一二三', '「四五」']))
  it('mixes both scripts', () => expect(wrapProse('网桥 br100 的地址', 10)).toEqual(['网桥 br100', '的地址']))
  it('cuts a word that is longer than the row', () =>
    expect(wrapProse('a 5357143d-66f5-446c', 8)).toEqual(['a', '5357143d', '-66f5-44', '6c']))
  it('takes colours over into the next row', () =>
    expect(wrapProse('\x1b[1mone two\x1b[0m', 4)).toEqual(['\x1b[1mone\x1b[0m', '\x1b[1mtwo\x1b[0m']))
  it('never exceeds its width and loses no word', () => {
    const word = fc.constantFrom('a', 'br100', '网桥', '。', '(x)', '\x1b[1mb\x1b[0m', 'fe80::7053:6bff:fe43:4dfd', 'é')
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), fc.integer({ min: 4, max: 40 }), (words, width) => {
        const rows = wrapProse(words.join(' '), width)
        for (const row of rows) expect(textWidth(row)).toBeLessThanOrEqual(width)
        expect(plainText(rows.join('')).replaceAll(' ', '')).toBe(plainText(words.join('')))
      }),
    )
  })
  it('terminal rows break at cells and keep every one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '你', ' ', '\x1b[31m', '\x1b[0m'), { maxLength: 60 }),
        fc.integer({ min: 2, max: 20 }),
        (parts, width) => {
          const rows = wrapCells(parts.join(''), width)
          for (const row of rows) expect(textWidth(row)).toBeLessThanOrEqual(width)
          expect(plainText(rows.join(''))).toBe(plainText(parts.join('')))
        },
      ),
    )
  })
})

describe('Markdown', () => {
  const TEXT = `Words with \`code\`.

- one
- two, which is
  longer

\`\`\`console
root@a:~# ip link
    link/loopback <*>
\`\`\`

| a | b |
| --- | --- |
| x | what it is |
`
  it('becomes rows', () =>
    expect(renderMarkdown(TEXT, 20, plain)).toEqual([
      'Words with code.',
      '',
      '• one',
      '• two, which is',
      '  longer',
      '',
      ' root@a:~# ip link',
      '     link/loopback …',
      '',
      '\x1b[1ma  b\x1b[0m',
      'x  what it is',
    ]))

  it('narrows a table of a tool before it breaks its lines', () => {
    const table = [
      'Kernel IP routing table',
      'Destination     Gateway         Genmask         Flags Metric Ref    Use Iface',
      '0.0.0.0         192.168.56.101  0.0.0.0         UG    100    0        0 eth1',
    ]
    expect(squeezeTables(table, 75)).toEqual([
      'Kernel IP routing table',
      'Destination   Gateway         Genmask         Flags Metric Ref    Use Iface',
      '0.0.0.0       192.168.56.101  0.0.0.0         UG    100    0        0 eth1',
    ])
    expect(squeezeTables(table, 80)).toEqual(table)
  })
})
