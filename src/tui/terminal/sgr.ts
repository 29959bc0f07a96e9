// Colours that a tool's output may set, as one normal form; everything else a file could smuggle into the terminal is left out.
// Style of a cell = the SGR parameters in force, '' = plain: '1;31' is bold red.

const SINGLE = new Set([1, 2, 3, 4, 5, 7, 8, 9])
const OFF: Readonly<Record<number, readonly number[]>> = { 22: [1, 2], 23: [3], 24: [4], 25: [5], 27: [7], 28: [8], 29: [9] }

interface Style {
  readonly attributes: readonly number[]
  readonly foreground: string
  readonly background: string
}

function parseStyle(text: string): Style {
  const attributes: number[] = []
  let foreground = ''
  let background = ''
  for (const part of text.split('/')) {
    if (part.startsWith('f')) foreground = part.slice(1)
    else if (part.startsWith('b')) background = part.slice(1)
    else if (part !== '') attributes.push(Number(part))
  }
  return { attributes, foreground, background }
}

function styleKey(style: Style): string {
  const parts = [...style.attributes].sort((a, b) => a - b).map(String)
  if (style.foreground !== '') parts.push(`f${style.foreground}`)
  if (style.background !== '') parts.push(`b${style.background}`)
  return parts.join('/')
}

/** The style after `CSI params m` was applied to `style`. */
export function applySgr(style: string, params: string): string {
  let now = parseStyle(style)
  const codes = params === '' ? [0] : params.split(/[;:]/).map(Number)
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0
    if (code === 38 || code === 48) {
      const length = codes[at + 1] === 5 ? 3 : codes[at + 1] === 2 ? 5 : 1
      const colour = codes.slice(at, at + length)
      if (length > 1 && colour.length === length && colour.every(isByte)) {
        now = code === 38 ? { ...now, foreground: colour.join(';') } : { ...now, background: colour.join(';') }
      }
      at += length - 1
      continue
    }
    now = applyCode(now, code)
  }
  return styleKey(now)
}

function isByte(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 255
}

function applyCode(style: Style, code: number): Style {
  if (code === 0) return { attributes: [], foreground: '', background: '' }
  if (SINGLE.has(code)) return style.attributes.includes(code) ? style : { ...style, attributes: [...style.attributes, code] }
  const off = OFF[code]
  if (off !== undefined) return { ...style, attributes: style.attributes.filter((attribute) => !off.includes(attribute)) }
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) return { ...style, foreground: String(code) }
  if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) return { ...style, background: String(code) }
  if (code === 39) return { ...style, foreground: '' }
  if (code === 49) return { ...style, background: '' }
  return style
}

/** The escape sequence that sets `style` from a plain state. */
export function styleSequence(style: string): string {
  if (style === '') return ''
  const { attributes, foreground, background } = parseStyle(style)
  const codes = [...attributes.map(String), foreground, background].filter((code) => code !== '')
  return `\x1b[${codes.join(';')}m`
}
