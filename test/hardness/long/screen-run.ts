// The screen left open over a lab at a hundred times the speed: tcpdump in the terminal, or the packet view in front of it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from '../../../src/tui/model/app.js'
import { realServices } from '../../../src/tui/real-services.js'
import { KeyGate } from '../../../src/tui/terminal/key-gate.js'
import { makeTheme } from '../../../src/tui/theme.js'
import { mount } from '../../../src/tui/view/mount.js'
import { FakeScreen } from '../../tui/fake-screen.js'
import { type Sample, sampleOf } from './sample.js'

const F5 = '\x1b[15~'

export class LongScreen {
  readonly samples: Sample[] = []
  private readonly home = mkdtempSync(join(tmpdir(), 'netlab-long-'))
  private readonly screen = new FakeScreen(140, 40)
  private readonly app: App
  private readonly gate: KeyGate
  private readonly view: ReturnType<typeof mount>

  constructor(private readonly front: 'terminal' | 'packets') {
    process.env['NLAB_HOME'] = this.home
    const settings = { theme: makeTheme('dark', false), language: 'en', hasMouse: false }
    this.app = new App(realServices({}), settings, 140, 40, () => undefined)
    this.gate = new KeyGate((key) => this.app.press(key))
    this.view = mount(this.app, this.screen.sink, this.gate.inkInput)
  }

  /** Until so many minutes of the lab's time are over. */
  async run(minutes: number, every: number): Promise<void> {
    await this.app.openLab('flat-dhcp', 'controller-1')
    const { lab } = this.app.session!
    await this.type('nova boot --image cirros --flavor 1 cirros\r', 3000)
    lab.pace.start(100)
    await this.type('sleep 60\r', 2500)
    this.app.session!.openTab('cirros')
    await this.type('ping 10.0.0.1\r', 3000)
    this.app.session!.openTab('controller-1')
    await this.type('sudo tcpdump -ni br100\r', 1500)
    if (this.front === 'packets') await this.type(F5, 500)
    const begunUs = lab.nowUs
    for (let minute = 0; minute <= minutes; minute += every) {
      while ((lab.nowUs - begunUs) / 60e6 < minute) await new Promise((resolve) => setTimeout(resolve, 100))
      this.samples.push(sampleOf(`screen (${this.front})`, minute))
    }
  }

  async close(): Promise<void> {
    await this.app.closeSession()
    this.app.changes.close()
    this.view.unmount()
    this.screen.close()
    rmSync(this.home, { recursive: true, force: true })
  }

  async text(): Promise<string> {
    return (await this.screen.text()).join('\n')
  }

  private async type(text: string, waitMs: number): Promise<void> {
    this.gate.feed(text)
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}
