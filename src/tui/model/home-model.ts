// The home screen: where one was, the tracks with their lessons, the scenarios to play in.
import type { LessonEntry } from '../../lesson/lesson.js'
import type { LessonProgress, Progress } from '../../lesson/progress/progress.js'
import type { ScenarioEntry } from '../services.js'

export type HomeItem =
  | { readonly kind: 'heading'; readonly text: string; readonly detail: string }
  | { readonly kind: 'continue'; readonly lesson: LessonEntry; readonly progress: LessonProgress }
  | { readonly kind: 'lesson'; readonly lesson: LessonEntry; readonly progress: LessonProgress }
  | { readonly kind: 'scenario'; readonly scenario: ScenarioEntry }

export const TRACK_TITLES: Readonly<Record<string, string>> = {
  '0-linux-primitives': 'Linux primitives',
  '1-flat-dhcp': 'FlatDHCP: nova-network',
  '2-legacy-l3': 'Legacy L3: neutron',
  '3-dvr': 'DVR floating IP',
}

export class HomeModel {
  #items: readonly HomeItem[] = []
  selected = 0
  isLoaded = false

  get items(): readonly HomeItem[] {
    return this.#items
  }

  get current(): HomeItem | null {
    return this.#items[this.selected] ?? null
  }

  fill(lessons: readonly LessonEntry[], scenarios: readonly ScenarioEntry[], progress: Progress): void {
    const items: HomeItem[] = []
    const latest = progress.latest
    const last = latest === null ? undefined : lessons.find((lesson) => lesson.id === latest.lesson)
    if (latest !== null && last !== undefined) items.push({ kind: 'continue', lesson: last, progress: latest })
    for (const track of [...new Set(lessons.map((lesson) => lesson.track))]) {
      const own = lessons.filter((lesson) => lesson.track === track)
      const done = own.filter((lesson) => progress.lesson(lesson.id).status === 'done').length
      items.push({ kind: 'heading', text: TRACK_TITLES[track] ?? track, detail: `${done} of ${own.length} done` })
      for (const lesson of own) items.push({ kind: 'lesson', lesson, progress: progress.lesson(lesson.id) })
    }
    items.push({ kind: 'heading', text: 'Labs without a lesson', detail: '' })
    for (const scenario of scenarios) items.push({ kind: 'scenario', scenario })
    this.#items = items
    const next = this.isLoaded ? -1 : items.findIndex((item) => item.kind === 'continue')
    this.isLoaded = true
    this.selected = Math.min(next < 0 ? this.selected : next, items.length - 1)
    if (this.current?.kind === 'heading') this.move(1)
  }

  /** Onto the lesson after the one that was just done. */
  selectAfter(lesson: string): void {
    const done = this.#items.findIndex((item) => item.kind === 'lesson' && item.lesson.id === lesson)
    const next = this.#items.findIndex((item, at) => at > done && item.kind === 'lesson' && item.progress.status !== 'done')
    if (done >= 0 && next >= 0) this.selected = next
  }

  move(by: number): void {
    const step = by < 0 ? -1 : 1
    let at = this.selected
    for (let moves = Math.abs(by); moves > 0; moves--) {
      let next = at + step
      while (this.#items[next]?.kind === 'heading') next += step
      if (this.#items[next] === undefined) break
      at = next
    }
    this.selected = at
  }
}
