// Starts the full-screen program: draws the first frame at once, loads Ink, the lesson and the lab behind it, restores the terminal on every way out.
import { App, BOOTING } from './model/app.js'
import { KeyGate } from './terminal/key-gate.js'
import { onEveryExit, onSuspend, takeTerminal } from './terminal/restore.js'
import { ScreenSink } from './terminal/screen-sink.js'
import { type ColourScheme, makeTheme } from './theme.js'
import { screenRows } from './view/screen-rows.js'

export interface TuiOptions {
  readonly ascii?: boolean
  readonly theme?: 'dark' | 'light'
  readonly language?: string
  readonly seed?: string
  readonly image?: string
  readonly mouse?: boolean
}

export interface TuiStart {
  readonly screen: 'home' | 'lesson' | 'lab'
  /** Absent with screen 'lesson': the one worked on last, or the first. */
  readonly lesson?: string
  readonly scenario?: string
  readonly node?: string
  readonly options: TuiOptions
}

/** How long a signal waits for the journal to be written. */
const LAST_WORDS_MS = 1500
const KEEP_MS = 15_000
const CLOCK_MS = 1000

/** Resolves with the program's exit code once the learner has left. */
export async function startTui(start: TuiStart): Promise<number> {
  const { stdin, stdout } = process
  const taken = takeTerminal(stdout, start.options.mouse ?? false)
  const sink = new ScreenSink(stdout)
  let finish: (exitCode: number) => void = () => undefined
  const finished = new Promise<number>((resolve) => {
    finish = resolve
  })
  const suspend = process.platform === 'win32' ? null : () => void process.kill(process.pid, 'SIGTSTP')
  const app = new App(lazyServices(start), settingsOf(start.options), sink.columns, sink.screenRows, () => finish(0), suspend)
  if (start.screen !== 'home') app.loading = BOOTING
  const gate = new KeyGate((key) => app.press(key))
  const give = (error: unknown): void => {
    sink.shut()
    gate.detach()
    taken.restore()
    if (error !== null) process.stderr.write(`netlab: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  }
  const unwatch = onEveryExit((exitCode, error) => {
    give(error)
    if (error !== null) process.exit(exitCode)
    const limit = new Promise<void>((resolve) => void setTimeout(resolve, LAST_WORDS_MS))
    void Promise.race([app.closeSession(), limit]).finally(() => process.exit(exitCode))
  })
  const unstop = onSuspend(
    () => {
      sink.pause()
      gate.detach()
      taken.restore()
    },
    () => {
      gate.detach()
      taken.retake()
      gate.attach(stdin)
      app.resize(sink.columns, sink.screenRows)
      sink.repaint()
    },
  )
  sink.write(screenRows(app).rows.join('\n'))
  sink.on('resize', () => app.resize(sink.columns, sink.screenRows))
  gate.attach(stdin)
  const timers = startTimers(app)
  try {
    const { mount } = await import('./view/mount.js')
    const view = mount(app, sink, gate.inkInput)
    view.waitUntilExit().catch((error: unknown) => {
      give(error)
      finish(70)
    })
    setImmediate(() => void begin(app, start))
    const exitCode = await finished
    give(null)
    view.unmount()
    return exitCode
  } finally {
    for (const timer of timers) clearInterval(timer)
    app.changes.close()
    give(null)
    unstop()
    unwatch()
  }
}

function startTimers(app: App): NodeJS.Timeout[] {
  const clock = setInterval(() => {
    app.keepNews()
    if (app.session === null || app.session.lab.pace.speed === 0) return
    // Time alone can meet a goal: a machine that has booted.
    void app.session.lesson?.run.glance()
    app.changed('soon')
  }, CLOCK_MS)
  return [clock, setInterval(() => void app.keep(), KEEP_MS)]
}

async function begin(app: App, start: TuiStart): Promise<void> {
  if (start.screen === 'lab' && start.scenario !== undefined) return app.openLab(start.scenario, start.node)
  if (start.screen === 'home') return app.showHome()
  const lesson = start.lesson ?? (await app.services.progress()).latest?.lesson ?? (await app.services.lessons())[0]?.id
  return lesson === undefined ? app.showHome() : app.openLesson(lesson)
}

// YAML, schemas, Markdown and the whole lab come after the first frame.
function lazyServices(start: TuiStart): App['services'] {
  const loaded = () => import('./real-services.js').then(({ realServices }) => realServices(start.options))
  let services: ReturnType<typeof loaded> | null = null
  const get = () => {
    services ??= loaded()
    return services
  }
  return {
    progress: async () => (await get()).progress(),
    lessons: async () => (await get()).lessons(),
    scenarios: async () => (await get()).scenarios(),
    openLesson: async (id, options) => (await get()).openLesson(id, options),
    openLab: async (scenario, options) => (await get()).openLab(scenario, options),
    keep: async (lab, name) => (await get()).keep(lab, name),
    save: async (name, bytes) => (await get()).save(name, bytes),
  }
}

function settingsOf(options: TuiOptions): App['settings'] {
  const isPlain = Boolean(process.env['NO_COLOR'])
  const scheme: ColourScheme = isPlain ? 'none' : (options.theme ?? guessScheme(process.env))
  return { theme: makeTheme(scheme, options.ascii ?? false), language: options.language ?? 'en', hasMouse: options.mouse ?? false }
}

// rxvt, Konsole and others tell "foreground;background"; 7 and 15 are light grounds.
function guessScheme(env: NodeJS.ProcessEnv): ColourScheme {
  const background = env['COLORFGBG']?.split(';').at(-1)
  return background === '7' || background === '15' ? 'light' : 'dark'
}
