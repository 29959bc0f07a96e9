// An open lab on the screen: its terminals, the lesson beside them, what stands in front, where the keys go.
import type { Lab } from '../../lab/lab.js'
import type { LabEvent } from '../../lab/lab-event.js'
import type { Lesson } from '../../lesson/lesson.js'
import { proseOf } from '../../lesson/lesson.js'
import type { GoalState, LessonRun } from '../../lesson/lesson-run.js'
import type { ProseSection } from '../../lesson/prose.js'
import type { Theme } from '../theme.js'
import type { Urgency } from './emitter.js'
import type { Front } from './front.js'
import { TerminalTab } from './terminal-tab.js'

export interface ShownHint {
  readonly step: string
  readonly text: string
}

export interface SessionLesson {
  readonly lesson: Lesson
  readonly run: LessonRun
  /** Markdown to rows; loaded with the first lesson. */
  readonly render: (markdown: string, width: number, theme: Theme) => string[]
}

// What only carries another program that is counted itself, or none.
const SHELLS = new Set(['bash', 'sh', '-bash', '-sh', 'login', 'sudo'])

export class Session {
  readonly tabs: TerminalTab[] = []
  active = 0
  focus: 'lesson' | 'terminal'
  wantsSplit = true
  lessonScroll = 0
  readonly hints: ShownHint[] = []
  offersSolution = false
  /** The sentence at the end of a lesson that is done. */
  hasShownEnd = false
  /** The map and the packet view, once they have been opened. */
  readonly fronts = new Map<Front['kind'], Front>()
  readonly #running = new Map<string, string>()
  readonly #stops: (() => void)[] = []

  constructor(
    readonly lab: Lab,
    readonly title: string,
    readonly language: string,
    readonly lesson: SessionLesson | null,
    private readonly changed: (urgency: Urgency) => void,
  ) {
    this.focus = lesson === null ? 'terminal' : 'lesson'
    lab.packets.start()
    this.#stops.push(lab.subscribe((event) => this.#hear(event)))
    if (lesson !== null) {
      this.#stops.push(
        lesson.run.onChange((event) => {
          // The sentence that ends a lesson stands below the text.
          if (event?.kind === 'goal-met' && lesson.run.isLastStep && lesson.run.isStepDone) this.lessonScroll = 100_000
          this.changed('now')
        }),
      )
    }
  }

  get tab(): TerminalTab | null {
    return this.tabs[this.active] ?? null
  }

  get captures(): number {
    return [...this.#running.values()].filter((name) => name === 'tcpdump').length
  }

  /** Programs that the learner has running, shells and captures apart. */
  get jobs(): number {
    return [...this.#running.values()].filter((name) => name !== 'tcpdump' && !SHELLS.has(name)).length
  }

  /** The terminals of a resumed lab, or a first one. */
  openFirst(node: string): void {
    for (const shell of this.lab.openShells) this.#addTab(new TerminalTab(shell, this.changed))
    if (this.tabs.length === 0) this.openTab(node)
  }

  openTab(node: string): TerminalTab {
    return this.#addTab(new TerminalTab(this.lab.openShell(node), this.changed))
  }

  /** Another shell where one has ended. */
  reopenTab(): void {
    const ended = this.tab
    if (ended === null) return
    this.tabs.splice(this.active, 1)
    ended.close()
    this.openTab(ended.node)
  }

  #addTab(tab: TerminalTab): TerminalTab {
    this.tabs.push(tab)
    this.active = this.tabs.length - 1
    this.focus = 'terminal'
    this.changed('now')
    return tab
  }

  /** The tab of a node that waits at its prompt, or a new one. */
  tabOn(node: string): TerminalTab {
    const found = this.tabs.findIndex((tab) => tab.node === node && !tab.isClosed && !tab.isBusy)
    if (found < 0) return this.openTab(node)
    this.active = found
    return this.tabs[found] as TerminalTab
  }

  closeTab(): void {
    const [closed] = this.tabs.splice(this.active, 1)
    closed?.close()
    this.active = Math.max(0, Math.min(this.active, this.tabs.length - 1))
    this.changed('now')
  }

  switchTab(by: number): void {
    if (this.tabs.length === 0) return
    this.active = (this.active + by + this.tabs.length) % this.tabs.length
    this.focus = 'terminal'
    this.changed('now')
  }

  // --- the lesson

  get section(): ProseSection | null {
    if (this.lesson === null) return null
    return proseOf(this.lesson.lesson, this.language).sections.get(this.lesson.run.step.id) ?? null
  }

  sectionOf(id: string): ProseSection | null {
    return this.lesson === null ? null : (proseOf(this.lesson.lesson, this.language).sections.get(id) ?? null)
  }

  /** The question that is asked next: predictions first, they are asked before the packet goes. */
  get openQuestion(): GoalState | null {
    const open = this.lesson?.run.goals.filter((state) => !state.met) ?? []
    const questions = open.filter((state) => state.goal.kind === 'predict' || state.goal.kind === 'answer')
    // In the lesson's order, as the line of goals names it. What is said already may be said anew until the packet is sent.
    return questions.find((state) => !state.awaitsPacket) ?? questions[0] ?? null
  }

  turnStep(by: 1 | -1): boolean {
    const turned = this.lesson?.run.advance(by) ?? false
    if (turned) {
      this.lessonScroll = 0
      this.offersSolution = false
    }
    this.changed('now')
    return turned
  }

  close(): void {
    for (const stop of this.#stops) stop()
    for (const tab of this.tabs) tab.close()
    this.lesson?.run.close()
    this.lab.close()
  }

  #hear(event: LabEvent): void {
    if (event.type === 'command-started' && event.origin === 'learner')
      this.#running.set(`${event.node}/${event.pid}`, (event.argv[0] ?? '').split('/').at(-1) ?? '')
    else if (event.type === 'command-finished') this.#running.delete(`${event.node}/${event.pid}`)
    else if (event.type === 'reset') this.#running.clear()
    else if (event.type === 'capture-frame') return
    this.changed('soon')
  }
}
