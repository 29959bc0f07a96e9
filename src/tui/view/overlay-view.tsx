// What stands in front of the panes, in a box in the middle.
import { Box } from 'ink'
import TextInput from 'ink-text-input'
import type { App } from '../model/app.js'
import type { Overlay } from '../model/overlay.js'
import { wrapProse } from '../prose/wrap.js'
import { cutToWidth, fitWidth, textWidth } from '../terminal/width.js'
import type { Theme } from '../theme.js'
import { framed } from './frame.js'
import { helpRows } from './help-rows.js'
import { codeSpans } from './lesson-rows.js'
import { Lines } from './lines.js'

export function OverlayView({ app, overlay }: { readonly app: App; readonly overlay: Overlay }) {
  const { theme } = app.settings
  const width = Math.min(app.columns - 4, 76)
  const content = contentRows(app, overlay, width - 4)
  const height = Math.min(app.rows - 4, content.length + 2)
  const left = Math.floor((app.columns - width) / 2)
  // A question stands high: what was measured last stands low.
  const top = overlay.kind === 'ask' ? 1 : Math.max(1, Math.floor((app.rows - height) / 2))
  const rows = framed(
    titleOf(overlay),
    content.map((row) => ` ${row}`),
    { width, height, isFocused: true, theme, note: footOf(overlay) },
  )
  return (
    <>
      <Box position="absolute" marginLeft={left} marginTop={top}>
        <Lines rows={rows} width={width} height={height} />
      </Box>
      {overlay.kind === 'ask' && (
        <Box position="absolute" marginLeft={left + 4} marginTop={top + height - 2} width={width - 7}>
          <TextInput
            value={overlay.text}
            onChange={(text) => {
              overlay.text = cutToWidth(text, width - 8)
              app.changed()
            }}
            onSubmit={overlay.submit}
          />
        </Box>
      )}
    </>
  )
}

function titleOf(overlay: Overlay): string {
  if (overlay.kind === 'help') return 'help'
  return overlay.kind === 'list' && textWidth(overlay.title) > 40 ? 'what will happen?' : overlay.title
}

function footOf(overlay: Overlay): string {
  switch (overlay.kind) {
    case 'help':
      return 'up, down; any other key closes'
    case 'text':
      return 'any key closes'
    case 'list':
      return 'up, down, Enter; Esc closes'
    case 'ask':
      return 'Enter answers; Esc closes'
  }
}

function contentRows(app: App, overlay: Overlay, width: number): string[] {
  const { theme } = app.settings
  const height = app.rows - 6
  const front = app.front?.kind ?? null
  switch (overlay.kind) {
    case 'help': {
      const rows = helpRows(width, theme, front)
      overlay.scroll = Math.min(overlay.scroll, Math.max(0, rows.length - height))
      return rows.slice(overlay.scroll, overlay.scroll + height)
    }
    case 'text':
      return overlay.lines.flatMap((line) => wrapProse(line, width)).slice(0, height)
    case 'list':
      return listRows(overlay, width, height, theme)
    case 'ask':
      return [
        ...wrapProse(codeSpans(overlay.question, theme), width),
        ...(overlay.note === '' ? [] : ['', ...wrapProse(theme.warn(overlay.note), width)]),
        '',
        `${theme.current('>')} `,
      ].slice(0, height)
  }
}

function listRows(overlay: Extract<Overlay, { kind: 'list' }>, width: number, height: number, theme: Theme): string[] {
  const question = textWidth(overlay.title) > 40 ? [...wrapProse(codeSpans(overlay.title, theme), width), ''] : []
  const longest = Math.max(...overlay.choices.map((choice) => textWidth(choice.label)))
  const rows = overlay.choices.map((choice, index) => {
    const detail = choice.detail === undefined ? '' : `  ${choice.detail}`
    const text = fitWidth(
      `${index === overlay.selected ? theme.glyph.now : ' '} ${fitWidth(choice.label, Math.min(longest, width - 4))}${detail}`,
      width,
      theme.glyph.more,
    )
    return index === overlay.selected ? theme.selected(text) : text
  })
  const room = Math.max(3, height - question.length)
  const from = Math.max(0, Math.min(rows.length - room, overlay.selected - Math.floor(room / 2)))
  return [...question, ...rows.slice(from, from + room)]
}
