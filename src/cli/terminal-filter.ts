// What may reach the person's own terminal of what others wrote: files, names, packets, output of the lab's tools. Text and colours; no
// title, clipboard, cursor or mode sequence, and nothing that turns the order of text round. The screen has its own (tui/terminal/scrollback.ts).

/** Colours; what begins a sequence and is whole; a string for the terminal (title, clipboard, pictures); other controls; bidi overrides. */
const COLOUR = /\x1b\[[0-9;:]*m/
const CONTROL = /\x1b\[[0-?]*[ -/]*[@-~]|\x9b[0-?]*[ -/]*[@-~]/
const STRING = /(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|\x1b)/
const OTHER = /\x1b[ -/]*[0-Z\\`-~]|\x1b|[\x00-\x06\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/
const PIECE = new RegExp(`(${COLOUR.source})|${CONTROL.source}|${STRING.source}|${OTHER.source}`, 'g')

/** The beginning of a sequence, whose end may come with the next piece. */
const OPEN = /(?:\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b\x9c]*|[ -/]*)|\x9b[0-?]*[ -/]*|[\x9d\x90\x98\x9e\x9f][^\x07\x1b\x9c]*)$/

/** A sequence longer than this never ends. */
const LONGEST = 4096

export class TerminalFilter {
  private pending = ''

  /** The part of what was written so far that may be shown. */
  pass(text: string): string {
    let whole = this.pending + text
    this.pending = ''
    const open = OPEN.exec(whole)
    if (open !== null) {
      if (open[0].length <= LONGEST) this.pending = open[0]
      whole = whole.slice(0, open.index)
    }
    return whole.replace(PIECE, (_, colour: string | undefined) => colour ?? '')
  }
}

/** Of netlab's own messages, which quote names and places: no carriage return or backspace either. */
export function plainText(text: string): string {
  return new TerminalFilter().pass(text).replace(/[\r\b\x07]/g, '')
}
