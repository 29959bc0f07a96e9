// The program as a model: which screen, which keys do what. Draws nothing; views read it.
import type { Progress, ProgressEvent } from '../../lesson/progress/progress.js'
import { isSplit } from '../layout.js'
import type { Services } from '../services.js'
import type { Key } from '../terminal/keys.js'
import type { Theme } from '../theme.js'
import { Changes } from './emitter.js'
import type { Front } from './front.js'
import { HomeModel } from './home-model.js'
import { pressLab } from './lab-keys.js'
import type { Overlay } from './overlay.js'
import { pressOverlay } from './overlay-keys.js'
import { Session } from './session.js'

export interface AppSettings {
  readonly theme: Theme
  readonly language: string
  readonly hasMouse: boolean
}

/** What is being loaded while a lab boots. */
export const BOOTING = 'the lab'
const EDITING: ReadonlySet<string> = new Set(['return', 'backspace', 'delete', 'left', 'right', 'home', 'end'])
const MOST_EARLY = 4096

export class App {
  readonly changes = new Changes()
  readonly home = new HomeModel()
  session: Session | null = null
  overlay: Overlay | null = null
  /** Stands in place of the panes. */
  front: Front | null = null
  /** One line for the learner, gone with the next key. */
  notice = ''
  /** What is being loaded, shown instead of an empty screen. */
  loading: string | null = null
  isPrefixed = false
  progress: Progress | null = null
  #quitAsked = 0
  #isLeaving = false
  /** What has been written of the learner's progress: leaving waits for it. */
  #recorded: Promise<unknown> = Promise.resolve()
  /** Typed while the lab boots. */
  readonly #early: Key[] = []
  #keptInputs = 0
  #keepTold: string | null = null

  constructor(
    readonly services: Services,
    readonly settings: AppSettings,
    public columns: number,
    public rows: number,
    /** Ends the program. */
    readonly leave: () => void,
    /** Gives the terminal back to the learner's own shell until it says `fg`; null where there is none. */
    readonly suspend: (() => void) | null = null,
  ) {}

  changed = (urgency: 'now' | 'soon' = 'now'): void => this.changes.tell(urgency)

  resize(columns: number, rows: number): void {
    this.columns = columns
    this.rows = rows
    this.changed()
  }

  say(text: string): void {
    this.notice = text
    this.changed()
  }

  // --- screens

  async showHome(): Promise<void> {
    const run = this.session?.lesson?.run
    await this.closeSession()
    this.overlay = null
    this.changed()
    await this.#guarded('lessons', () => this.#fillHome())
    if (run?.isDone === true) this.home.selectAfter(run.lesson.id)
    this.changed()
  }

  async #fillHome(): Promise<void> {
    const progress = await this.#progress()
    const [lessons, scenarios] = await Promise.all([this.services.lessons(), this.services.scenarios()])
    this.home.fill(lessons, scenarios, progress)
  }

  async openLesson(id: string, fresh = false): Promise<void> {
    await this.#guarded(BOOTING, async () => {
      await this.closeSession()
      const progress = await this.#progress()
      const { lesson, lab, run, render, notice } = await this.services.openLesson(id, { fresh })
      const session = new Session(
        lab,
        lesson.prose.get(this.settings.language)?.title ?? lesson.prose.get('en')?.title ?? lesson.id,
        this.settings.language,
        { lesson, run, render },
        this.changed,
      )
      run.onChange((event) => {
        if (event !== null) this.#record(progress, event)
        if (event?.kind === 'goal-met') void this.keep()
      })
      this.session = session
      run.begin()
      session.openFirst(run.step.node)
      session.focus = 'lesson'
      if (notice !== null) this.say(notice)
      lab.pace.start(1)
      this.#typeEarly(this.session)
    })
  }

  async openLab(scenario: string, node?: string, fresh = false): Promise<void> {
    await this.#guarded(BOOTING, async () => {
      await this.closeSession()
      await this.#progress()
      const { lab, notice } = await this.services.openLab(scenario, { fresh })
      this.session = new Session(lab, scenario, this.settings.language, null, this.changed)
      this.session.openFirst(node ?? lab.nodes[0]?.name ?? '')
      if (notice !== null) this.say(notice)
      lab.pace.start(1)
      this.#typeEarly(this.session)
    })
  }

  /** Where only one pane fits, what is new in the lesson must come to the front; the next letter typed goes to the terminal. */
  showLesson(session: Session): void {
    if (session.lesson !== null && !isSplit(this.columns, session.wantsSplit)) session.focus = 'lesson'
  }

  closeFront(): void {
    this.front = null
    this.changed()
  }

  async closeSession(): Promise<void> {
    await this.keep()
    await this.#recorded
    this.front = null
    this.session?.close()
    this.session = null
  }

  async quit(): Promise<void> {
    if (this.#isLeaving) return
    this.#isLeaving = true
    await this.closeSession().catch(() => undefined)
    this.leave()
  }

  /** A second one at the home screen's doorstep leaves; in a terminal Ctrl-C belongs to the tool. */
  interruptAtHome(): void {
    const now = Date.now()
    if (now - this.#quitAsked < 2000) void this.quit()
    else this.say('press Ctrl-C again to leave, or F10')
    this.#quitAsked = now
  }

  #record(progress: Progress, event: ProgressEvent): void {
    const record = progress.record(event).catch((error: unknown) => this.say(`progress is not saved: ${messageOf(error)}`))
    this.#recorded = this.#recorded.then(() => record)
  }

  /** Keeps the lab's journal, so that the next start resumes here. */
  async keep(): Promise<void> {
    const { session } = this
    if (session === null) return
    const name = session.lesson?.lesson.id ?? `lab/${session.lab.scenario.name}`
    this.#keptInputs = session.lab.inputs
    const told = await this.services.keep(session.lab, name).catch((error: unknown) => `the lab's state is not saved: ${messageOf(error)}`)
    // A disk that stays full is no news.
    if (told !== null && told !== this.#keepTold) this.say(told)
    this.#keepTold = told
  }

  /** Whatever was entered since the last time is kept: a killed program loses a second. */
  keepNews(): void {
    if (this.session !== null && this.session.lab.inputs !== this.#keptInputs) void this.keep()
  }

  async #progress(): Promise<Progress> {
    if (this.progress === null) {
      this.progress = await this.services.progress()
      const { memoryOnly, notices } = this.progress
      if (memoryOnly !== null) this.say(memoryOnly)
      if (notices.length > 0) this.overlay = { kind: 'text', title: 'your records', lines: [...notices] }
    }
    return this.progress
  }

  async #guarded(what: string, work: () => Promise<void>): Promise<void> {
    // The program begins with a lab that is being loaded: what was typed since its first frame counts.
    if (this.loading !== what) this.#early.length = 0
    this.loading = what
    this.changed()
    try {
      await work()
    } catch (error) {
      this.overlay = { kind: 'text', title: `could not open ${what}`, lines: messageOf(error).split('\n') }
      // Behind the message stands the home screen, not nothing.
      if (!this.home.isLoaded) await this.#fillHome().catch(() => undefined)
    } finally {
      this.loading = null
      this.changed()
    }
  }

  // --- keys

  /** True when the key was taken; otherwise Ink's own fields get it. */
  press(key: Key): boolean {
    if (this.notice !== '' && key.name !== 'mouse') {
      this.notice = ''
      this.changed()
    }
    if (this.overlay !== null) return pressOverlay(this, this.overlay, key)
    if (this.front !== null && !this.isPrefixed && this.front.press(key)) return true
    if (this.session !== null) pressLab(this, this.session, key)
    else this.#pressHome(key)
    return true
  }

  /** What is typed while a lab boots is meant for its prompt, not for the letters of the home screen. */
  #holdKey(key: Key): boolean {
    const isText = key.name === 'char' || key.name === 'paste' || key.name === 'tab'
    // An Enter alone is that of whoever pressed it twice to open the lab.
    if (!isText && (this.#early.length === 0 || !EDITING.has(key.name))) return key.name === 'return'
    if (this.#early.length < MOST_EARLY) this.#early.push(key)
    return true
  }

  #typeEarly(session: Session): void {
    const keys = this.#early.splice(0)
    if (keys.length > 0) session.focus = 'terminal'
    for (const key of keys) session.tab?.press(key)
  }

  #pressHome(key: Key): void {
    if (key.ctrl && key.name === 'c') return this.interruptAtHome()
    if (this.loading === BOOTING && this.#holdKey(key)) return
    switch (key.name) {
      case 'up':
        this.home.move(-1)
        break
      case 'down':
        this.home.move(1)
        break
      case 'pageup':
        this.home.move(-10)
        break
      case 'pagedown':
        this.home.move(10)
        break
      case 'home':
        this.home.move(-1000)
        break
      case 'end':
        this.home.move(1000)
        break
      case 'return':
        return this.#choose(false)
      case 'f1':
        this.overlay = { kind: 'help', scroll: 0 }
        break
      case 'f10':
        return void this.quit()
      case 'char':
        return this.#pressHomeLetter(key.text)
      default:
        return
    }
    this.changed()
  }

  #pressHomeLetter(letter: string): void {
    if (letter === 'q') void this.quit()
    else if (letter === 'r') this.#choose(true)
    else if (letter === '?' || letter === 'h') this.overlay = { kind: 'help', scroll: 0 }
    else if (letter === 'j') this.home.move(1)
    else if (letter === 'k') this.home.move(-1)
    this.changed()
  }

  #choose(fresh: boolean): void {
    const item = this.home.current
    if (item === null || this.loading !== null || item.kind === 'heading') return
    if (item.kind === 'scenario') void this.openLab(item.scenario.name, undefined, fresh)
    else void this.openLesson(item.lesson.id, fresh)
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
