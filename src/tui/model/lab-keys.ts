// Keys while a lab is open: function keys and their Ctrl-G twins are netlab's, all others go to the pane that has the focus.
import type { Speed } from '../../lab/pacer.js'
import { type Key, wheelLines } from '../terminal/keys.js'
import type { App } from './app.js'
import type { Front } from './front.js'
import { askQuestion, giveHint } from './lesson-actions.js'
import { listOverlay } from './overlay.js'
import type { Session } from './session.js'

export function pressLab(app: App, session: Session, key: Key): void {
  if (app.isPrefixed) {
    app.isPrefixed = false
    app.changed()
    return pressPrefixed(app, session, key)
  }
  const isSearching = session.focus === 'terminal' && session.tab?.editor.isSearching === true
  if (key.ctrl && key.name === 'g' && !isSearching) {
    app.isPrefixed = true
    return app.changed()
  }
  if (/^f\d+$/.test(key.name) && pressFunction(app, session, Number(key.name.slice(1)))) return
  // The text beside the terminal scrolls with Alt, wherever the focus is.
  if (key.alt && session.lesson !== null && scrollLesson(app, session, key)) return
  if (session.focus === 'lesson' && session.lesson !== null) return pressLesson(app, session, key)
  if (session.tab === null) return chooseNode(app, session)
  if (session.tab.isClosed && key.name === 'return') return void session.reopenTab()
  session.tab.press(key)
}

/** Keys that are about the panes bring them back. */
const OF_PANES: ReadonlySet<number> = new Set([4, 6, 7, 9])

function pressFunction(app: App, session: Session, number: number): boolean {
  if (OF_PANES.has(number)) app.front = null
  switch (number) {
    case 1:
      app.overlay = { kind: 'help', scroll: 0 }
      break
    case 2:
      void app.showHome()
      break
    case 3:
      turnFront(app, session, 'map')
      break
    case 4:
      void giveHint(app, session)
      break
    case 5:
      turnFront(app, session, 'packets')
      break
    case 6:
      toTerminal(app, session)
      break
    case 7:
      turnPanes(app, session)
      break
    case 8:
      chooseSpeed(app, session)
      break
    case 9:
      nextStep(app, session)
      break
    case 10:
      void app.quit()
      break
    default:
      return false
  }
  app.changed()
  return true
}

/** The same key opens and closes it. */
function turnFront(app: App, session: Session, kind: Front['kind']): void {
  if (app.front?.kind === kind) return app.closeFront()
  import('../front/open.js').then(
    ({ openFront }) => openFront(app, session, kind),
    (error: unknown) => app.say(`cannot be opened: ${error instanceof Error ? error.message : String(error)}`),
  )
}

// Ctrl-G 4 is F4; letters for what has no function key.
function pressPrefixed(app: App, session: Session, key: Key): void {
  if (key.ctrl && key.name === 'g') return session.tab?.press(key)
  if (key.ctrl && key.name === 'z') return app.suspend?.()
  if (key.name === 'left' || key.name === 'right') return session.switchTab(key.name === 'left' ? -1 : 1)
  if (key.name !== 'char') return
  // Terminals, panes and answers are behind what stands in front.
  if (!/^[\d?q]$/.test(key.text)) app.front = null
  if (/^\d$/.test(key.text)) {
    pressFunction(app, session, key.text === '0' ? 10 : Number(key.text))
    return
  }
  switch (key.text) {
    case 'c':
      return chooseNode(app, session)
    case 'x':
      return session.closeTab()
    case 'n':
      return session.switchTab(1)
    case 'p':
      return session.switchTab(-1)
    case 'o':
      return turnFocus(app, session)
    case 'a':
      return askQuestion(app, session)
    case '>':
    case '.':
      return nextStep(app, session)
    case '<':
    case ',':
      return stepBack(app, session)
    case '?':
      app.overlay = { kind: 'help', scroll: 0 }
      return app.changed()
    case 'q':
      return void app.quit()
    default:
      app.say(`Ctrl-G ${key.text}: no such function; Ctrl-G ? lists them`)
  }
}

function scrollLesson(app: App, session: Session, key: Key): boolean {
  const page = Math.max(1, app.rows - 8)
  const scrolls: Readonly<Record<string, number>> = { up: -1, down: 1, pageup: -page, pagedown: page, home: -100_000, end: 100_000 }
  const by = key.name === 'mouse' ? wheelLines(key.raw) : scrolls[key.name]
  if (by === undefined) return false
  session.lessonScroll = Math.max(0, session.lessonScroll + by)
  app.changed()
  return true
}

function pressLesson(app: App, session: Session, key: Key): void {
  if (scrollLesson(app, session, key)) return
  if (key.name === 'return') {
    if (session.lesson?.run.isStepDone === true) nextStep(app, session)
    else if (session.openQuestion !== null) askQuestion(app, session)
    else toTerminal(app, session)
    return
  }
  if (key.name === 'tab' || key.name === 'escape') return turnFocus(app, session)
  if (key.name === 'char' && key.text === ' ') {
    session.lessonScroll += Math.max(1, app.rows - 8)
    return app.changed()
  }
  // Whoever types a command means the terminal.
  if (key.name === 'char' || key.name === 'paste' || (key.ctrl && key.name === 'c')) {
    toTerminal(app, session)
    session.tab?.press(key)
  }
}

function toTerminal(app: App, session: Session): void {
  // A step on a node where no terminal is open yet wants a new one.
  const wanted = session.lesson?.run.step.node
  const isThere = wanted === undefined || session.tabs.some((tab) => tab.node === wanted)
  if (session.focus === 'terminal' || session.tabs.length === 0 || !isThere) return chooseNode(app, session)
  session.focus = 'terminal'
  app.changed()
}

function turnFocus(app: App, session: Session): void {
  session.focus = session.focus === 'terminal' && session.lesson !== null ? 'lesson' : 'terminal'
  app.changed()
}

// Where two panes fit, F7 shows one or both; where they do not, it turns to the other one.
function turnPanes(app: App, session: Session): void {
  if (session.lesson === null) return app.say('there is no lesson beside this lab')
  if (app.columns >= 110) session.wantsSplit = !session.wantsSplit
  else turnFocus(app, session)
  app.changed()
}

export function nextStep(app: App, session: Session): void {
  const run = session.lesson?.run
  if (run === undefined) return
  if (run.isLastStep && run.isDone) return leaveDone(app, session)
  if (run.isLastStep)
    return app.say(run.isStepDone ? 'goals of earlier steps are still open: Ctrl-G < goes back' : 'this is the last step; F4 gives a hint')
  if (!run.isStepDone) app.say('some goals of the step before are still open; Ctrl-G < goes back to them')
  session.turnStep(1)
  app.showLesson(session)
}

/** Not before the lesson's last sentence has been on the screen. */
function leaveDone(app: App, session: Session): void {
  if (session.hasShownEnd) return void app.showHome()
  session.hasShownEnd = true
  session.lessonScroll = 100_000
  app.showLesson(session)
  app.say('lesson done: F9 once more goes home')
}

function stepBack(app: App, session: Session): void {
  if (!session.turnStep(-1)) return app.say('this is the first step')
  app.showLesson(session)
}

function chooseNode(app: App, session: Session): void {
  const tabs = session.tabs.map((tab, index) => ({
    id: `tab:${index}`,
    label: `${index + 1} ${tab.node}`,
    detail: tab.isClosed ? 'ended' : 'open terminal',
  }))
  const nodes = session.lab.nodes.map((node) => ({ id: `node:${node.name}`, label: node.name, detail: 'new terminal' }))
  const wanted = session.lesson?.run.step.node
  const missing = session.tabs.some((tab) => tab.node === wanted) ? -1 : nodes.findIndex((node) => node.label === wanted)
  const first = tabs.length + Math.max(0, missing)
  app.overlay = listOverlay(
    'terminal on',
    [...tabs, ...nodes],
    (id) => {
      const [kind, name = ''] = id.split(/:(.*)/s)
      if (kind === 'tab') {
        session.active = Number(name)
        session.focus = 'terminal'
      } else {
        session.openTab(name)
      }
      app.changed()
    },
    first,
  )
  app.changed()
}

function chooseSpeed(app: App, session: Session): void {
  const { pace } = session.lab
  const choices = [
    { id: '0', label: 'pause', detail: 'the clock stands; commands wait with it' },
    { id: 'step', label: 'step', detail: 'one second, then the clock stands' },
    { id: '1', label: 'x1', detail: 'as fast as your watch' },
    { id: '10', label: 'x10', detail: 'leases and timers ten times as fast' },
    { id: '100', label: 'x100', detail: 'for the impatient' },
  ]
  const now = choices.findIndex((choice) => choice.id === String(pace.speed))
  const choose = (id: string) => {
    if (id === '0' || id === 'step') pace.stop()
    else pace.start(Number(id) as Speed)
    if (id === 'step') void session.lab.advance(1).then(() => app.changed())
    app.changed()
  }
  app.overlay = listOverlay('time', choices, choose, Math.max(0, now))
}
