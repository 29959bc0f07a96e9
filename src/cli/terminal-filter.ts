// What may reach the person's own terminal of what others wrote: files, names, packets, output of the lab's tools. Text and colours; no
// title, clipboard, cursor or mode sequence, and nothing that turns the order of text round; in a person's own shell a program may also clear
// the screen and write from its top. The screen has its own (tui/terminal/scrollback.ts).

/**
 * Colours; what begins a sequence and is whole; a string for the terminal (title, clipboard, pictures), which another sequence ends, too; the
 * beginning of a sequence, whose end may come with the next piece; other controls; bidi overrides. Asked in this order at each place: what
 * is looked through is then taken, so that no text is looked through twice.
 */
const COLOUR = /\x1b\[[0-9;:]*m/
const CONTROL = /\x1b\[[0-?]*[ -/]*[@-~]|\x9b[0-?]*[ -/]*[@-~]/
const STRING = /(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|(?=\x1b[^\\]))/
const OPEN = /(?:\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b\x9c]*\x1b?|[ -/]*)|\x9b[0-?]*[ -/]*|[\x9d\x90\x98\x9e\x9f][^\x07\x1b\x9c]*\x1b?)$/
const OTHER = /\x1b[ -/]*[0-Z\\`-~]|\x1b|[\x00-\x06\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/
const PIECE = new RegExp(`(${COLOUR.source})|${CONTROL.source}|${STRING.source}|(${OPEN.source})|${OTHER.source}`, 'g')

/** A sequence longer than this never ends. */
const LONGEST = 4096

/** What clear, watch, top and less do to a screen. */
const REDRAW = /^\x1b\[(?:H|2?J|K)$/

export class TerminalFilter {
  private pending = ''

  constructor(private readonly mayRedraw = false) {}

  /** The part of what was written so far that may be shown. */
  pass(text: string): string {
    const whole = this.pending + text
    this.pending = ''
    return whole.replace(PIECE, (piece, colour: string | undefined, open: string | undefined) => {
      if (open !== undefined && open.length <= LONGEST) this.pending = open
      return colour ?? (this.mayRedraw && REDRAW.test(piece) ? piece : '')
    })
  }
}

/** Of netlab's own messages, which quote names and places: no carriage return or backspace either. */
export function plainText(text: string): string {
  return new TerminalFilter().pass(text).replace(/[\r\b\x07]/g, '')
}
