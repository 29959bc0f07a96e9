// Breaks prose into rows: at blanks, and between ideographs, never before closing or after opening punctuation (the usual CJK rules).
import { pieces, pieceWidth, textWidth } from '../terminal/width.js'

const IDEOGRAPH = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u
const NOT_FIRST = new Set('、。,.:;!?)]}」』】》〉,。:;!?)、%'.split(''))
const NOT_LAST = new Set('([{「『【《〈('.split(''))

/** Words that stay together, each with the blank before it or not, colours travelling inside. */
function chunks(text: string): { text: string; hasBlank: boolean }[] {
  const list: { text: string; hasBlank: boolean }[] = []
  let word = ''
  let hasBlank = false
  let previous = ''
  const flush = () => {
    if (word !== '') list.push({ text: word, hasBlank })
    word = ''
    hasBlank = false
  }
  for (const piece of pieces(text)) {
    if (piece.startsWith('\x1b')) {
      word += piece
      continue
    }
    if (piece === ' ' || piece === '\n' || piece === '\t') {
      flush()
      hasBlank = true
      previous = ' '
      continue
    }
    const mayBreak = (IDEOGRAPH.test(piece) || IDEOGRAPH.test(previous)) && !NOT_FIRST.has(piece) && !NOT_LAST.has(previous)
    if (mayBreak && previous !== ' ') flush()
    word += piece
    previous = piece
  }
  flush()
  return list
}

/** Rows of at most `width` cells; `indent` stands before every row but the first. */
export function wrapProse(text: string, width: number, indent = ''): string[] {
  const rows: string[] = []
  let row = ''
  let used = 0
  let colour = ''
  const open = () => {
    row = indent + colour
    used = textWidth(indent)
  }
  const close = () => {
    rows.push(colour === '' ? row : `${row}\x1b[0m`)
    open()
  }
  let isEmpty = true
  for (const chunk of chunks(text)) {
    const cells = textWidth(chunk.text)
    const blank = chunk.hasBlank && !isEmpty ? 1 : 0
    if (!isEmpty && used + blank + cells > width) {
      close()
      isEmpty = true
    }
    if (blank === 1 && !isEmpty) {
      row += ' '
      used++
    }
    for (const piece of pieces(chunk.text)) {
      const wide = pieceWidth(piece)
      // A word longer than a row (an id, a path) is cut where the row ends.
      if (used + wide > width && used > textWidth(indent)) close()
      row += piece
      used += wide
      if (piece.startsWith('\x1b')) colour = piece === '\x1b[0m' ? '' : colour + piece
    }
    isEmpty = false
  }
  if (!isEmpty || rows.length === 0) rows.push(colour === '' ? row : `${row}\x1b[0m`)
  return rows
}
