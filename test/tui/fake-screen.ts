// A terminal of xterm.js behind a screen sink: cells, colours and cursor can be read back.
import { EventEmitter } from 'node:events'
import xterm from '@xterm/headless'
import { type ScreenOut, ScreenSink } from '../../src/tui/terminal/screen-sink.js'

export class FakeScreen extends EventEmitter implements ScreenOut {
  readonly sink: ScreenSink
  readonly terminal: InstanceType<typeof xterm.Terminal>
  written = ''
  bytes = 0

  constructor(
    public columns: number,
    public rows: number,
  ) {
    super()
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
    this.terminal.write('\x1b[?7l')
    this.sink = new ScreenSink(this)
  }

  write(text: string): boolean {
    this.written += text
    if (this.written.length > 1_000_000) this.written = ''
    this.bytes += text.length
    this.terminal.write(text)
    return true
  }

  resize(columns: number, rows: number): void {
    this.columns = columns
    this.rows = rows
    this.terminal.resize(columns, rows)
    this.emit('resize')
  }

  async text(): Promise<string[]> {
    await this.#settled()
    const buffer = this.terminal.buffer.active
    return Array.from({ length: this.rows }, (_, row) => buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? '')
  }

  async cells(): Promise<string[]> {
    await this.#settled()
    const buffer = this.terminal.buffer.active
    return Array.from({ length: this.rows }, (_, row) => {
      const line = buffer.getLine(buffer.baseY + row)
      return Array.from({ length: this.columns }, (__, column) => {
        const cell = line?.getCell(column)
        if (cell === undefined) return ' '
        const looks = [cell.getFgColor(), cell.getBgColor(), cell.isBold(), cell.isInverse()].join(',')
        return `${cell.getChars() === '' && cell.getWidth() === 1 ? ' ' : cell.getChars()}${looks === '-1,-1,0,0' ? '' : `{${looks}}`}`
      }).join('')
    })
  }

  async cursor(): Promise<{ column: number; row: number }> {
    await this.#settled()
    return { column: this.terminal.buffer.active.cursorX, row: this.terminal.buffer.active.cursorY }
  }

  close(): void {
    this.sink.shut()
    this.terminal.dispose()
  }

  #settled(): Promise<void> {
    return new Promise((resolve) => this.terminal.write('', resolve))
  }
}
