// F5: keys of the packet view.
import { pcapngOf } from '../../explain/way-pcapng.js'
import { NO_FILTER, PROTOCOLS } from '../../lab/packet-lines.js'
import type { App } from '../model/app.js'
import type { Front } from '../model/front.js'
import { listOverlay } from '../model/overlay.js'
import type { Session } from '../model/session.js'
import { type Key, wheelLines } from '../terminal/keys.js'
import { hopScreen } from './hop-rows.js'
import { listScreen } from './packet-list-rows.js'
import { PacketsModel } from './packets-model.js'

type Open = (kind: Front['kind'], packet: number | null) => void

const LIST_KEYS = [
  ['Esc', 'back'],
  ['Enter', 'steps'],
  ['/', 'find'],
  ['f', 'filter'],
  ['m', 'map'],
  ['w', 'write'],
  ['x', 'clear'],
  ['F1', 'help'],
  ['F10', 'quit'],
] as const
const WAY_KEYS = [
  ['Esc', 'list'],
  ['← →', 'hop'],
  ['↑ ↓', 'step'],
  ['c', 'command'],
  ['h', 'headers'],
  ['v', 'all'],
  ['m', 'map'],
  ['w', 'write'],
  ['F1', 'help'],
  ['F10', 'quit'],
] as const
const ASCII_WAY_KEYS = WAY_KEYS.map(([key, what]) => [key === '← →' ? 'n p' : key === '↑ ↓' ? 'j k' : key, what] as const)

export class PacketsFront implements Front {
  readonly kind = 'packets'
  private readonly model: PacketsModel

  constructor(
    private readonly app: App,
    private readonly session: Session,
    private readonly open: Open,
  ) {
    this.model = new PacketsModel(session.lab)
  }

  get keys(): readonly (readonly [string, string])[] {
    if (this.model.mode === 'list') return LIST_KEYS
    return this.app.settings.theme.glyph.across === '-' ? ASCII_WAY_KEYS : WAY_KEYS
  }

  show(packet: number | null): void {
    const { model } = this
    if (packet === null) return
    model.selected = packet
    if (model.way?.id !== packet) model.narrow({ ...NO_FILTER, chatter: true })
    model.enter()
  }

  rows(width: number, height: number): string[] {
    const { theme } = this.app.settings
    const { lab } = this.session
    const wish = { width, height, theme, openedUs: lab.pace.nowUs - lab.nowUs }
    return this.model.mode === 'list' ? listScreen(this.model, wish) : hopScreen(this.model, wish)
  }

  press(key: Key): boolean {
    if (this.model.isTyping) return this.type(key)
    if (/^f\d+$/.test(key.name) || (key.ctrl && key.name === 'g')) return false
    if (key.name === 'mouse') this.wheel(wheelLines(key.raw))
    else if (key.ctrl && key.name === 'c') this.app.closeFront()
    else if (this.model.mode === 'list') this.pressList(key)
    else this.pressWay(key)
    this.app.changed()
    return true
  }

  private wheel(lines: number): void {
    if (lines === 0) return
    if (this.model.mode === 'list') this.model.select(lines)
    else this.model.scroll = Math.max(0, this.model.scroll + lines)
  }

  private pressList(key: Key): void {
    const { model } = this
    const page = Math.max(1, this.app.rows - 6)
    switch (key.name === 'char' ? key.text : key.name) {
      case 'escape':
      case 'q':
        return this.app.closeFront()
      case 'up':
      case 'k':
      case 'p':
        return model.select(-1)
      case 'down':
      case 'j':
      case 'n':
        return model.select(1)
      case 'pageup':
        return model.select(-page)
      case 'pagedown':
      case ' ':
        return model.select(page)
      case 'home':
        return model.select(-100_000)
      case 'end':
        return model.select(100_000)
      case 'return':
      case 'right':
        return model.enter()
      case 'x':
        return this.session.lab.packets.clear()
      default:
        return this.pressBoth(key)
    }
  }

  private pressWay(key: Key): void {
    const { model } = this
    switch (key.name === 'char' ? key.text : key.name) {
      case 'escape':
      case 'q':
        model.mode = 'list'
        return
      case 'right':
      case 'n':
      case ' ':
        return this.stepped(1)
      case 'left':
      case 'p':
        return this.stepped(-1)
      case 'home':
        return model.goto(0)
      case 'end':
        return model.goto((model.way?.hops.length ?? 1) - 1)
      case 'down':
      case 'j':
        return model.moveStep(1)
      case 'up':
      case 'k':
        return model.moveStep(-1)
      case 'pagedown':
      case 'pageup':
        model.scroll = Math.max(0, model.scroll + (key.name === 'pagedown' ? 8 : -8))
        return
      case 'h':
        model.turnHeaders()
        return
      case 'v':
        model.turnMinor()
        return
      case 'c':
      case 'return':
        return this.pasteCommand()
      default:
        return this.pressBoth(key)
    }
  }

  private stepped(by: 1 | -1): void {
    const before = this.model.way?.id
    if (!this.model.advance(by)) return this.app.say(by > 0 ? 'this is the last packet' : 'this is the first packet that is kept')
    const now = this.model.way?.id
    if (now !== before) this.app.say(`packet ${now}`)
  }

  private pressBoth(key: Key): void {
    switch (key.name === 'char' ? key.text : key.name) {
      case '/':
        this.model.isTyping = true
        this.model.mode = 'list'
        return
      case 'f':
        return this.chooseFilter()
      case 'm':
        return this.open('map', this.model.way?.id ?? null)
      case 'w':
        return void this.write()
      default:
        if (key.name === 'char') this.app.say(`${key.text}: no such key here; F1 lists them, Esc goes back`)
    }
  }

  private type(key: Key): true {
    const { model } = this
    const { text } = model.filter
    if (key.name === 'return' || key.name === 'escape' || (key.ctrl && key.name === 'c')) {
      model.isTyping = false
      if (key.name !== 'return') model.narrow({ text: '' })
    } else if (key.name === 'backspace') model.narrow({ text: [...text].slice(0, -1).join('') })
    else if (key.ctrl && key.name === 'u') model.narrow({ text: '' })
    else if (key.name === 'char' || key.name === 'paste') model.narrow({ text: text + key.text.replace(/[\x00-\x1f\x7f]/g, ' ') })
    this.app.changed()
    return true
  }

  private chooseFilter(): void {
    const { app, model } = this
    const { proto, node } = model.filter
    const choices = [
      { id: 'usual', label: 'what was sent', detail: 'without the IPv6 chatter of idle hosts' },
      { id: 'all', label: 'every packet', detail: 'no filter' },
      ...PROTOCOLS.map((each) => ({ id: `proto:${each}`, label: each, detail: each === proto ? 'shown now' : 'only this protocol' })),
      ...this.session.lab.nodes.map(({ name }) => ({
        id: `node:${name}`,
        label: name,
        detail: name === node ? 'shown now' : 'only packets that come by there',
      })),
    ]
    model.mode = 'list'
    app.overlay = listOverlay('show', choices, (id) => {
      const [kind, name = ''] = id.split(/:(.*)/s)
      if (kind === 'all' || kind === 'usual') model.narrow({ ...NO_FILTER, chatter: kind === 'all' })
      else model.narrow(kind === 'proto' ? { proto: name } : { node: name })
      app.changed()
    })
  }

  /** Into the line of a terminal on that node, to be read and entered there. */
  private pasteCommand(): void {
    const { app, session, model } = this
    const [step, hop] = [model.currentStep, model.currentHop]
    if (step?.command == null || hop === null) return app.say('no command shows this step')
    app.closeFront()
    const tab = session.tabOn(hop.node)
    session.focus = 'terminal'
    tab.type(step.command)
    app.say(`typed on ${hop.node}: Enter runs it; F5 goes back to the packet`)
  }

  private async write(): Promise<void> {
    const { app, model } = this
    const { lab } = this.session
    const ways = model.mode === 'way' && model.way !== null ? [model.way] : model.ways()
    if (ways.length === 0) return app.say('there is nothing to write yet')
    const bytes = pcapngOf(ways, { clockStartUs: lab.clockUs - lab.pace.nowUs, application: 'netlab' })
    try {
      const file = await app.services.save(`${lab.scenario.name}-packets.pcapng`, bytes)
      app.say(`${ways.length === 1 ? 'this packet is' : `${ways.length} packets are`} written to ${file}`)
    } catch (error) {
      app.say(`not written: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}
