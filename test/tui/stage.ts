// The whole program on a screen that can be read back: Ink, sink, gate and model as in life, keys handed in as bytes.
import { App } from '../../src/tui/model/app.js'
import type { Services } from '../../src/tui/services.js'
import { KeyGate } from '../../src/tui/terminal/key-gate.js'
import { makeTheme } from '../../src/tui/theme.js'
import { mount } from '../../src/tui/view/mount.js'
import { FakeScreen } from './fake-screen.js'

export class Stage {
  readonly screen: FakeScreen
  readonly app: App
  readonly gate: KeyGate
  readonly #view: ReturnType<typeof mount>
  isLeft = false

  constructor(columns: number, rows: number, services: Services, options: { ascii?: boolean; colours?: boolean } = {}) {
    this.screen = new FakeScreen(columns, rows)
    const theme = makeTheme(options.colours === true ? 'dark' : 'none', options.ascii ?? false)
    this.app = new App(services, { theme, language: 'en', hasMouse: false }, columns, rows, () => {
      this.isLeft = true
    })
    this.gate = new KeyGate((key) => this.app.press(key))
    this.#view = mount(this.app, this.screen.sink, this.gate.inkInput)
    this.screen.on('resize', () => this.app.resize(this.screen.columns, this.screen.rows))
  }

  async keys(...parts: string[]): Promise<void> {
    for (const part of parts) {
      this.gate.feed(part)
      await this.rest()
    }
  }

  /** Until the frame no longer changes. */
  async rest(): Promise<void> {
    let before = -1
    for (let quiet = 0; quiet < 3; ) {
      await new Promise((resolve) => setTimeout(resolve, 12))
      if (this.app.changes.version === before) quiet++
      else quiet = 0
      before = this.app.changes.version
    }
  }

  async until(pattern: RegExp): Promise<string> {
    for (let tries = 0; tries < 200; tries++) {
      const text = (await this.screen.text()).join('\n')
      if (pattern.test(text)) return text
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error(`never saw ${pattern}:\n${(await this.screen.text()).join('\n')}`)
  }

  async text(): Promise<string> {
    await this.rest()
    await new Promise((resolve) => setTimeout(resolve, 90))
    return (await this.screen.text()).join('\n')
  }

  close(): void {
    this.app.changes.close()
    this.#view.unmount()
    this.screen.close()
  }
}
