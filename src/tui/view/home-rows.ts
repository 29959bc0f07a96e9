// The home screen's rows: where one was, the tracks, the labs.
import type { LessonProgress } from '../../lesson/progress/progress.js'
import type { App } from '../model/app.js'
import type { HomeItem } from '../model/home-model.js'
import { cutToWidth, fitWidth, textWidth } from '../terminal/width.js'
import type { Theme } from '../theme.js'

const LOGO = ['netlab', 'how an OpenStack cloud moves packets, with the real commands']

export function homeRows(app: App, width: number, height: number): string[] {
  const { theme } = app.settings
  const head = ['', `  ${theme.title(LOGO[0] ?? '')}  ${theme.dim(cutToWidth(LOGO[1] ?? '', width - 12))}`, '']
  if (!app.home.isLoaded) return head
  const { items, selected } = app.home
  const rows: { text: string; item: number }[] = []
  const wide = Math.min(width, 96)
  for (const [index, item] of items.entries()) {
    if (item.kind === 'heading' && index > 0) rows.push({ text: '', item: -1 })
    rows.push({ text: itemRow(item, index === selected, wide, theme), item: index })
  }
  const room = height - head.length - 2
  const at = rows.findIndex((row) => row.item === selected)
  const from = Math.max(0, Math.min(rows.length - room, at - Math.floor(room / 2)))
  const shown = rows.slice(from, from + room).map((row) => row.text)
  const below = rows.slice(from + room).filter(({ item }) => item >= 0 && items[item]!.kind !== 'heading').length
  const more = below > 0 ? theme.dim(`  ${below} more: down`) : ''
  return [...head, ...shown, more, detailRow(app.home.current, width, theme)]
}

function itemRow(item: HomeItem, isSelected: boolean, width: number, theme: Theme): string {
  if (item.kind === 'heading') return `  ${theme.strong(item.text)}  ${theme.dim(item.detail)}`
  const mark = isSelected ? theme.glyph.now : ' '
  const [left, right] = labels(item, theme)
  const text = ` ${mark} ${fitWidth(left, Math.max(20, width - 30), theme.glyph.more)} ${fitWidth(right, 24)}`
  return isSelected ? theme.selected(fitWidth(text, width - 2)) : text
}

function labels(item: Exclude<HomeItem, { kind: 'heading' }>, theme: Theme): [string, string] {
  switch (item.kind) {
    case 'continue':
      return [`continue where you were: ${item.lesson.title}`, stepText(item.progress, item.lesson.stepIds)]
    case 'lesson':
      return [
        `${statusGlyph(item.progress, theme)} ${item.lesson.title}`,
        item.progress.status === 'new' ? `${item.lesson.minutes} minutes` : stepText(item.progress, item.lesson.stepIds),
      ]
    case 'scenario':
      return [`${item.scenario.name}  ${item.scenario.title}`, '']
  }
}

function statusGlyph(progress: LessonProgress, theme: Theme): string {
  if (progress.status === 'done') return theme.glyph.met
  return progress.status === 'started' ? theme.glyph.now : theme.glyph.open
}

function stepText(progress: LessonProgress, steps: readonly string[]): string {
  if (progress.status === 'done') return progress.assisted.length === 0 ? 'done' : `done, ${progress.assisted.length} assisted`
  const at = progress.step === null ? -1 : steps.indexOf(progress.step)
  return at < 0 ? 'begun' : `step ${at + 1} of ${steps.length}`
}

function detailRow(item: HomeItem | null, width: number, theme: Theme): string {
  if (item === null || item.kind === 'heading') return ''
  if (item.kind === 'scenario') return theme.dim(cutToWidth(`  Enter opens the lab ${item.scenario.name} with a terminal`, width))
  const { id, scenario, minutes, prerequisites } = item.lesson
  const needs = prerequisites.length === 0 ? '' : `, after ${prerequisites.join(', ')}`
  const most = `  Enter opens ${id} (${scenario}, about ${minutes} minutes${needs})`
  // The minutes stand in the list already.
  return theme.dim(textWidth(most) <= width ? most : cutToWidth(`  Enter opens ${id} (${scenario}${needs})`, width, theme.glyph.more))
}
