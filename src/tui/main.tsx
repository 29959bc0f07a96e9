// Starts the full-screen program: draws the first frame at once, loads the lab and the lesson behind it, restores the terminal on every way out.
export interface TuiOptions {
  readonly ascii?: boolean
  readonly theme?: 'dark' | 'light'
  readonly language?: string
  readonly seed?: number
  readonly image?: string
  readonly mouse?: boolean
  readonly speed?: number
}

export interface TuiStart {
  readonly screen: 'home' | 'lesson' | 'lab'
  readonly lesson?: string
  readonly scenario?: string
  readonly node?: string
  readonly options: TuiOptions
}

/** Resolves with the program's exit code once the learner has left. */
export async function startTui(_start: TuiStart): Promise<number> {
  throw new Error('not built yet')
}
