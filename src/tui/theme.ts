// Colours and line drawing: dark, light, none (NO_COLOR), and ASCII for terminals that draw boxes badly. Meaning never hangs on colour alone.
export type ColourScheme = 'dark' | 'light' | 'none'

export interface Theme {
  readonly scheme: ColourScheme
  readonly glyph: Glyphs
  title(text: string): string
  dim(text: string): string
  strong(text: string): string
  done(text: string): string
  current(text: string): string
  warn(text: string): string
  key(text: string): string
  selected(text: string): string
  code(text: string): string
  emphasis(text: string): string
  bar(text: string): string
  border(text: string, isFocused: boolean): string
}

export interface Glyphs {
  readonly topLeft: string
  readonly topRight: string
  readonly bottomLeft: string
  readonly bottomRight: string
  readonly across: string
  readonly down: string
  readonly tee: string
  readonly met: string
  readonly now: string
  readonly open: string
  readonly full: string
  readonly empty: string
  readonly bullet: string
  readonly more: string
  readonly assisted: string
}

const BOX: Glyphs = {
  topLeft: '┌',
  topRight: '┐',
  bottomLeft: '└',
  bottomRight: '┘',
  across: '─',
  down: '│',
  tee: '┬',
  met: '✓',
  now: '▸',
  open: '·',
  full: '■',
  empty: '□',
  bullet: '•',
  more: '…',
  assisted: '✓',
}
const ASCII: Glyphs = {
  topLeft: '+',
  topRight: '+',
  bottomLeft: '+',
  bottomRight: '+',
  across: '-',
  down: '|',
  tee: '+',
  met: 'x',
  now: '>',
  open: '.',
  full: '#',
  empty: '.',
  bullet: '*',
  more: '...',
  assisted: 'x',
}

type Paint = (text: string) => string
const none: Paint = (text) => text
// Inner resets would end the outer colour: it is set again after each.
const sgr =
  (codes: string): Paint =>
  (text) =>
    text === '' ? '' : `\x1b[${codes}m${text.replaceAll('\x1b[0m', `\x1b[0m\x1b[${codes}m`)}\x1b[0m`

export function makeTheme(scheme: ColourScheme, isAscii: boolean): Theme {
  const glyph = isAscii ? ASCII : BOX
  if (scheme === 'none') return plainTheme(glyph)
  const isDark = scheme === 'dark'
  return {
    scheme,
    glyph,
    title: sgr(isDark ? '1;96' : '1;34'),
    dim: sgr('90'),
    strong: sgr('1'),
    done: sgr('32'),
    current: sgr(isDark ? '1;93' : '1;35'),
    warn: sgr(isDark ? '93' : '31'),
    key: sgr('7'),
    selected: sgr('7'),
    code: sgr(isDark ? '96' : '34'),
    emphasis: sgr('3'),
    bar: sgr(isDark ? '48;5;236;38;5;252' : '48;5;254;38;5;235'),
    border: (text, isFocused) => sgr(isFocused ? (isDark ? '96' : '34') : '90')(text),
  }
}

// Without colours: bold and reverse only, which NO_COLOR leaves alone.
function plainTheme(glyph: Glyphs): Theme {
  return {
    scheme: 'none',
    glyph,
    title: sgr('1'),
    dim: none,
    strong: sgr('1'),
    done: none,
    current: sgr('1'),
    warn: sgr('1'),
    key: sgr('7'),
    selected: sgr('7'),
    code: none,
    emphasis: none,
    bar: none,
    border: (text, isFocused) => (isFocused ? sgr('1')(text) : text),
  }
}
