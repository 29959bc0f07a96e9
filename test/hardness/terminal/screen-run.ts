// The whole program but its process, on a screen that can be read: random input, and at every stop the screen must be what a fresh one
// would show of the same state.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from '../../../src/tui/model/app.js'
import { realServices } from '../../../src/tui/real-services.js'
import { KeyGate } from '../../../src/tui/terminal/key-gate.js'
import { makeTheme } from '../../../src/tui/theme.js'
import { mount } from '../../../src/tui/view/mount.js'
import { FakeScreen } from '../../tui/fake-screen.js'
import type { Chance } from '../fuzz/chance.js'
import { cut, inputOf } from './keys.js'

/** Text of an exception, or of a value that should never have been printed. */
const TELLTALE = /\b(TypeError|RangeError|ReferenceError|SyntaxError):|\[object \w+\]|\bat \S+ \(.*:\d+:\d+\)|could not open|internal error/
const SCENARIOS = ['sandbox', 'sandbox', 'flat-dhcp', 'legacy-l3', 'dvr-fip']
const LESSONS = ['linux-primitives/veth', 'linux-primitives/bridge', 'flat-dhcp/boot']
/** Work of the processor for one key that is felt as a hang; other programs on the machine do not count. */
const SLOW_MS = 4000

export class ScreenRun {
  readonly found: string[] = []
  readonly typed: string[] = []
  slowestMs = 0
  private readonly home = mkdtempSync(join(tmpdir(), 'netlab-keys-'))
  private screen: FakeScreen
  private readonly app: App
  private readonly gate: KeyGate
  private readonly view: ReturnType<typeof mount>
  private isLeft = false

  constructor(
    private readonly chance: Chance,
    private readonly scenarios: readonly string[] = SCENARIOS,
  ) {
    process.env['NLAB_HOME'] = this.home
    const [columns, rows] = this.size()
    this.screen = new FakeScreen(columns, rows)
    const services = { ...realServices({}), save: async (name: string) => `/nowhere/${name}` }
    const theme = makeTheme(chance.pick(['dark', 'light', 'none'] as const), chance.percent(30))
    this.app = new App(services, { theme, language: 'en', hasMouse: chance.percent(30) }, columns, rows, () => {
      this.isLeft = true
    })
    this.gate = new KeyGate((key) => this.app.press(key))
    this.view = mount(this.app, this.screen.sink, this.gate.inkInput)
    this.screen.on('resize', () => this.app.resize(this.screen.columns, this.screen.rows))
  }

  async run(inputs: number): Promise<void> {
    const onError = (error: unknown): void => this.add(`thrown: ${error instanceof Error ? error.stack : String(error)}`)
    process.on('uncaughtException', onError)
    process.on('unhandledRejection', onError)
    try {
      await this.begin()
      for (let i = 0; i < inputs && !this.isLeft && this.found.length === 0; i++) {
        await this.turn()
        if (i % 12 === 11) await this.compare()
      }
      if (!this.isLeft) await this.compare()
    } finally {
      await this.close()
      process.off('uncaughtException', onError)
      process.off('unhandledRejection', onError)
    }
  }

  private async begin(): Promise<void> {
    const roll = this.chance.below(4)
    if (roll === 0) await this.app.showHome()
    else if (roll === 1 && this.scenarios === SCENARIOS) await this.app.openLesson(this.chance.pick(LESSONS))
    // Keys come while the lab boots, too.
    else void this.app.openLab(this.chance.pick(this.scenarios))
  }

  private async turn(): Promise<void> {
    const begun = process.cpuUsage()
    if (this.chance.percent(7)) {
      const [columns, rows] = this.size()
      this.typed.push(`<${columns}x${rows}>`)
      this.screen.resize(columns, rows)
    } else {
      const bytes = inputOf(this.chance)
      this.typed.push(JSON.stringify(bytes.toString('latin1')))
      for (const chunk of cut(bytes, this.chance)) this.gate.feed(chunk)
    }
    if (this.chance.percent(60)) await new Promise((resolve) => setImmediate(resolve))
    else await new Promise((resolve) => setTimeout(resolve, this.chance.below(25)))
    const { user, system } = process.cpuUsage(begun)
    const tookMs = (user + system) / 1000
    this.slowestMs = Math.max(this.slowestMs, tookMs)
    if (tookMs > SLOW_MS) this.add(`an input took ${Math.round(tookMs)} ms`)
  }

  private size(): [number, number] {
    if (this.chance.percent(15))
      return this.chance.pick([
        [1, 1],
        [10, 3],
        [2, 60],
        [300, 2],
        [400, 120],
        [20, 5],
        [110, 16],
        [109, 24],
      ])
    return [this.chance.between(40, 200), this.chance.between(10, 60)]
  }

  /** Time goes on, so that the two are read between frames; what differs once may be a frame that was on its way. */
  private async compare(): Promise<void> {
    let last = ''
    for (let tries = 0; tries < 5; tries++) {
      const fresh = new FakeScreen(this.screen.columns, this.screen.rows)
      const view = mount(this.app, fresh.sink, new KeyGate(() => true).inkInput)
      this.app.changed()
      await new Promise((resolve) => setTimeout(resolve, 15))
      this.app.changed()
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
      const [shown, wanted] = await Promise.all([this.screen.cells(), fresh.cells()])
      const text = (await this.screen.text()).join('\n')
      view.unmount()
      fresh.close()
      const telltale = TELLTALE.exec(text)
      if (telltale !== null) return this.add(`on the screen: ${telltale[0]}\n${text}`)
      const row = wanted.findIndex((line, at) => line !== shown[at])
      if (row < 0) return
      last = `row ${row} is\n${shown[row]}\nand should be\n${wanted[row]}`
    }
    this.add(`the screen is not what a fresh one shows: ${last}`)
  }

  private add(text: string): void {
    this.found.push(text)
  }

  private async close(): Promise<void> {
    await this.app.closeSession().catch((error: unknown) => this.add(`at the end: ${String(error)}`))
    this.app.changes.close()
    this.view.unmount()
    this.screen.close()
    rmSync(this.home, { recursive: true, force: true })
  }
}
