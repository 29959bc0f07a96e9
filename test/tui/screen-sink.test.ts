import xterm from '@xterm/headless'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeScreen } from './fake-screen.js'

const line = fc
  .array(fc.constantFrom('a', 'b', ' ', '你', 'é', '─', '\x1b[31m', '\x1b[0m', '\x1b[1;7m'), { maxLength: 50 })
  .map((parts) => `${parts.join('')}\x1b[0m`)
const frame = fc.array(line, { minLength: 1, maxLength: 14 }).map((lines) => lines.join('\n'))
const size = fc.record({ columns: fc.integer({ min: 10, max: 40 }), rows: fc.integer({ min: 3, max: 12 }) })
const step = fc.oneof({ weight: 4, arbitrary: frame.map((text) => ({ text })) }, { weight: 1, arbitrary: size })

describe('screen sink', () => {
  it('xterm is there', () => expect(typeof xterm.Terminal).toBe('function'))

  it('after any frames and resizes shows what a fresh start would show', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.array(step, { minLength: 1, maxLength: 12 }), frame, async (start, steps, last) => {
        const screen = new FakeScreen(start.columns, start.rows)
        for (const one of steps) {
          if ('text' in one) screen.sink.write(one.text)
          else screen.resize(one.columns, one.rows)
        }
        screen.sink.write(last)
        const fresh = new FakeScreen(screen.columns, screen.rows)
        fresh.sink.write(last)
        expect(await screen.cells()).toEqual(await fresh.cells())
        screen.close()
        fresh.close()
      }),
      { numRuns: 60 },
    )
  })

  it('writes only the rows that differ', async () => {
    const screen = new FakeScreen(40, 5)
    screen.sink.write('one\ntwo\nthree')
    screen.written = ''
    screen.sink.write('one\nTWO\nthree')
    expect(screen.written).toBe('\x1b[?2026h\x1b[?25l\x1b[2;1H\x1b[0mTWO\x1b[0m\x1b[K\x1b[?2026l')
    screen.written = ''
    screen.sink.write('one\nTWO\nthree')
    expect(screen.written).toBe('')
  })

  it('uses the last row and the last column without scrolling', async () => {
    const screen = new FakeScreen(4, 2)
    screen.sink.write('abcd\nefgh')
    expect(await screen.text()).toEqual(['abcd', 'efgh'])
  })

  it('places the cursor', async () => {
    const screen = new FakeScreen(10, 3)
    screen.sink.setCursor({ column: 4, row: 2 })
    screen.sink.write('x')
    expect(await screen.cursor()).toEqual({ column: 4, row: 2 })
  })
})
