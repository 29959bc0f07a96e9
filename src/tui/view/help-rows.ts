// F1: what the keys do.
import type { Front } from '../model/front.js'
import { wrapProse } from '../prose/wrap.js'
import { fitWidth } from '../terminal/width.js'
import type { Theme } from '../theme.js'

const KEYS: readonly (readonly [string, string])[] = [
  ['F1', 'this help'],
  ['F2', 'lessons: the home screen; the lab is kept and resumed'],
  ['F3', 'map of the lab, with the way of a packet lit'],
  ['F4', 'a hint for the first open goal; at the end the solution, typed for you'],
  ['F5', 'the last packets over all nodes, step by step'],
  ['F6', 'to the terminal; from the terminal: a new one, or another'],
  ['F7', 'one pane or two; on a narrow screen: the other pane'],
  ['F8', 'time: pause, one second, x1, x10, x100'],
  ['F9', 'next step'],
  ['F10', 'quit; the next start resumes here'],
  ['Ctrl-G 1..0', 'the same as F1..F10, where a terminal eats them'],
  ['Ctrl-G c x n p', 'terminals: new, close, next, previous'],
  ['Ctrl-G o', 'the other pane'],
  ['Ctrl-G a', 'answer the open question (Enter does, beside the text)'],
  ['Ctrl-G > <', 'next step, step before'],
  ['Ctrl-G Ctrl-G', 'a Ctrl-G for the program in the terminal'],
  ['Ctrl-G Ctrl-Z', 'netlab itself to the background; `fg` brings it back'],
  ['', ''],
  ['Tab', 'completes; a second Tab lists'],
  ['Ctrl-R', 'searches the history'],
  ['Ctrl-A E W U K Y', 'line editing, as in bash; Alt-B, F, D by words'],
  ['Ctrl-C', 'to the running program: tcpdump prints its summary'],
  ['Ctrl-D', 'end of input; leaves a nested shell'],
  ['PgUp PgDn', 'scroll back'],
  ['Alt-PgUp Alt-PgDn', "scroll the lesson's text from the terminal; Alt-Up, Alt-Down by rows"],
  ['', ''],
  ['lab', 'netlab itself, as a word in every shell: `lab help`'],
]

/** What the keys do in the map and in the packet view. */
const OF_FRONTS: Readonly<Record<Front['kind'], readonly (readonly [string, string])[]>> = {
  map: [
    ['in the map', ''],
    ['arrows', 'scroll; PgUp, PgDn, Home, End'],
    ['+ -', 'zoom: nodes, namespaces, devices'],
    ['d', 'both ways lit, the request only, nothing'],
    ['p n', 'the packet before, the one after; behind the newest: always the last'],
    ['Enter', 'steps through this packet'],
    ['Esc F3', 'back to the terminal'],
    ['', ''],
  ],
  packets: [
    ['in the packets', ''],
    ['up down Enter', 'choose a packet and step through it'],
    ['left right, p n', 'hop by hop, and on to the next packet'],
    ['up down, k j', 'the steps of a hop, each with what decided'],
    ['c', 'types the command that shows the step into a terminal; Enter is yours'],
    ['h', 'all header fields, before and after; * marks hops and fields that change'],
    ['v', 'steps that decided nothing, too'],
    ['/', 'finds text; f shows one protocol or node alone'],
    ['m', 'this packet on the map'],
    ['w', 'writes what is shown as a capture file (pcapng)'],
    ['x', 'empties the list'],
    ['Esc F5', 'back'],
    ['', ''],
  ],
}

/** With something in front its keys come first, else they come after those of the panes. */
function allKeys(front: Front['kind'] | null): readonly (readonly [string, string])[] {
  const { map, packets } = OF_FRONTS
  if (front === null) return [...KEYS, ['', ''], ...map, ...packets]
  return front === 'map' ? [...map, ...KEYS, ['', ''], ...packets] : [...packets, ...KEYS, ['', ''], ...map]
}

export function helpRows(width: number, theme: Theme, front: Front['kind'] | null = null): string[] {
  return allKeys(front).flatMap(([key, what]) =>
    wrapProse(what, Math.max(20, width - 20)).map((row, at) => ` ${theme.strong(fitWidth(at === 0 ? key : '', 18))}${row}`),
  )
}
