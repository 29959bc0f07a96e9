// Markdown to styled rows of a given width: marked's lexer, own drawing. Headings, paragraphs, lists, code, tables, quotes; nothing else is needed.
import { marked, type Token, type Tokens } from 'marked'
import { cutToWidth, fitWidth, textWidth } from '../terminal/width.js'
import type { Theme } from '../theme.js'
import { squeezeTables } from './squeeze.js'
import { wrapProse } from './wrap.js'

export function renderMarkdown(markdown: string, width: number, theme: Theme): string[] {
  return trimEnds(renderBlocks(marked.lexer(markdown), width, theme))
}

function trimEnds(rows: string[]): string[] {
  let from = 0
  let to = rows.length
  while (from < to && rows[from] === '') from++
  while (to > from && rows[to - 1] === '') to--
  return rows.slice(from, to)
}

function renderBlocks(tokens: readonly Token[], width: number, theme: Theme): string[] {
  return tokens.flatMap((token) => renderBlock(token, width, theme))
}

function renderBlock(token: Token, width: number, theme: Theme): string[] {
  switch (token.type) {
    case 'heading':
      return [...wrapProse(theme.title(inline((token as Tokens.Heading).tokens, theme)), width), '']
    case 'paragraph':
      return [...wrapProse(inline((token as Tokens.Paragraph).tokens, theme), width), '']
    case 'text':
      return wrapProse(inline((token as Tokens.Text).tokens ?? [token], theme), width)
    case 'list':
      return [...renderList(token as Tokens.List, width, theme), '']
    case 'code':
      return [...renderCode(token as Tokens.Code, width, theme), '']
    case 'blockquote':
      return [
        ...renderBlocks((token as Tokens.Blockquote).tokens, width - 2, theme).map((row) => `${theme.dim(theme.glyph.down)} ${row}`),
        '',
      ]
    case 'table':
      return [...renderTable(token as Tokens.Table, width, theme), '']
    case 'hr':
      return [theme.dim(theme.glyph.across.repeat(width)), '']
    default:
      return []
  }
}

function renderList(list: Tokens.List, width: number, theme: Theme): string[] {
  return list.items.flatMap((item, index) => {
    const mark = list.ordered ? `${Number(list.start || 1) + index}. ` : `${theme.glyph.bullet} `
    const rows = trimEnds(renderBlocks(item.tokens, width - mark.length, theme))
    return rows.map((row, at) => (at === 0 ? mark : ' '.repeat(mark.length)) + row)
  })
}

// A line that is too long goes on in the next row, further in.
function renderCode(code: Tokens.Code, width: number, theme: Theme): string[] {
  const isConsole = code.lang?.startsWith('console') ?? false
  // What the proof of a lesson takes for anything, a reader takes for left out.
  const lines = code.text.split('\n').map((line) => line.replaceAll('\t', '        ').replace(/<(?:n|\*|\.\.\.)>/g, theme.glyph.more))
  return (isConsole ? squeezeTables(lines, width - 1) : lines).flatMap((plain) => {
    const prompt = isConsole ? /^((?:[\w.-]+@)?[\w.-]+:[^$#]*[$#]) (.*)$/.exec(plain) : null
    if (prompt !== null) return wrapCode(`${theme.dim(prompt[1] ?? '')} ${theme.code(prompt[2] ?? '')}`, width)
    return wrapCode(isConsole ? plain : theme.code(plain), width)
  })
}

function wrapCode(text: string, width: number): string[] {
  if (textWidth(text) <= width - 1) return [` ${text}`]
  const lead = ' '.repeat(Math.min(8, text.length - text.trimStart().length))
  return wrapProse(text.trimStart(), width - 1 - lead.length, '    ').map((row) => ` ${lead}${row}`)
}

function renderTable(table: Tokens.Table, width: number, theme: Theme): string[] {
  const rows = [table.header, ...table.rows].map((row) => row.map((cell) => inline(cell.tokens, theme)))
  const count = table.header.length
  const widths = Array.from({ length: count }, (_, at) => Math.max(...rows.map((row) => textWidth(row[at] ?? ''))))
  const room = width - 2 * (count - 1)
  // The last column takes what is left and wraps.
  const before = widths.slice(0, -1).reduce((sum, cells) => sum + cells, 0)
  widths[count - 1] = Math.max(8, room - before)
  return rows.flatMap((row, index) => {
    const last = wrapProse(row[count - 1] ?? '', widths[count - 1] ?? 8)
    return last.map((text, line) => {
      const head = row.slice(0, -1).map((cell, at) => fitWidth(line === 0 ? cutToWidth(cell, widths[at] ?? 0) : '', widths[at] ?? 0))
      const whole = [...head, text].join('  ')
      return index === 0 ? theme.strong(whole) : whole
    })
  })
}

function inline(tokens: readonly Token[] | undefined, theme: Theme): string {
  return (tokens ?? []).map((token) => inlineOne(token, theme)).join('')
}

function inlineOne(token: Token, theme: Theme): string {
  switch (token.type) {
    case 'strong':
      return theme.strong(inline((token as Tokens.Strong).tokens, theme))
    case 'em':
      return theme.emphasis(inline((token as Tokens.Em).tokens, theme))
    case 'codespan':
      return theme.code(plainEntities((token as Tokens.Codespan).text))
    case 'br':
      return ' '
    case 'link':
      return inline((token as Tokens.Link).tokens, theme)
    case 'text':
      return (token as Tokens.Text).tokens === undefined
        ? plainEntities((token as Tokens.Text).text)
        : inline((token as Tokens.Text).tokens, theme)
    case 'escape':
      return (token as Tokens.Escape).text
    default:
      return 'text' in token ? plainEntities(String(token.text)) : ''
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"', '&#39;': "'" }

function plainEntities(text: string): string {
  return text.replace(/&(?:lt|gt|amp|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity)
}
