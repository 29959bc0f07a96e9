// `netlab`, `netlab learn`, `netlab lab`: the full-screen program.
import type { TuiOptions, TuiStart } from '../../tui/main.js'
import { UsageError } from '../exit-code.js'

export interface ScreenOptions {
  readonly ascii?: boolean
  readonly theme?: 'dark' | 'light'
  readonly language?: string
  readonly mouse?: boolean
  readonly image?: string
  readonly seed?: string
}

export function home(options: ScreenOptions): Promise<number> {
  return start({ screen: 'home', options: tuiOptions(options) })
}

export function learn(lesson: string | undefined, options: ScreenOptions): Promise<number> {
  return start({ screen: 'lesson', ...(lesson === undefined ? {} : { lesson }), options: tuiOptions(options) })
}

export function lab(scenario: string, node: string | undefined, options: ScreenOptions): Promise<number> {
  return start({ screen: 'lab', scenario, ...(node === undefined ? {} : { node }), options: tuiOptions(options) })
}

async function start(what: TuiStart): Promise<number> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new UsageError('the screen needs a terminal; without one use `netlab shell`, `netlab run` or `netlab exec`')
  if (process.env['TERM'] === 'dumb')
    throw new UsageError(
      'a dumb terminal has no screen to draw on; `netlab shell SCENARIO [NODE]` works line by line, `--lesson LESSON` too',
    )
  const { startTui } = await import('../../tui/main.js')
  return startTui(what)
}

function tuiOptions({ ascii, theme, language, mouse, image, seed }: ScreenOptions): TuiOptions {
  return {
    ...(ascii === undefined ? {} : { ascii }),
    ...(theme === undefined ? {} : { theme }),
    ...(language === undefined ? {} : { language }),
    ...(mouse === undefined ? {} : { mouse }),
    ...(image === undefined ? {} : { image }),
    ...(seed === undefined ? {} : { seed }),
  }
}
