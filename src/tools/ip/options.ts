// The options that stand between `ip` (or `bridge`) and its object: parsed as the real tools do, by beginnings of words.
import { isPrefix, UsageError, type Words } from '../../grammar/keyword.js'

export type Family = 'any' | 'inet' | 'inet6' | 'link' | 'bridge' | 'mpls'

export class IpOptions {
  family: Family = 'any'
  brief = false
  oneLine = false
  details = false
  /** How often -s was given. */
  stats = 0
  numeric = false
  json = false
  pretty = false
  resolve = false
  timestamp: 'none' | 'long' | 'short' = 'none'
  human = false
  iec = false
  color: 'never' | 'auto' | 'always' = 'never'
  force = false
  all = false
  loops = 10
  batch: string | null = null
  netns: string | null = null
  version = false
  help = false
}

export function parseFamily(word: string): Family | null {
  switch (word) {
    case 'inet':
    case 'inet6':
    case 'link':
    case 'bridge':
    case 'mpls':
    case 'any':
      return word
    default:
      return null
  }
}

interface OptionEntry {
  readonly name: string
  /** True: any beginning of the word will do; false: only the word itself. */
  readonly prefix: boolean
  readonly take: (options: IpOptions, words: Words) => void
}

function option(name: string, take: OptionEntry['take'], prefix = true): OptionEntry {
  return { name, prefix, take }
}

/** In the order of iproute2's main(): the first that fits wins. */
const IP_OPTIONS: readonly OptionEntry[] = [
  option('-loops', (o, words) => (o.loops = Number(words.next()))),
  option('-family', (o, words) => {
    const family = parseFamily(words.next())
    if (family === null) throw new UsageError(`Error: argument "${words.current}" is wrong: invalid protocol family`, 255)
    o.family = family
  }),
  option('-4', (o) => (o.family = 'inet'), false),
  option('-6', (o) => (o.family = 'inet6'), false),
  option('-0', (o) => (o.family = 'link'), false),
  option('-M', (o) => (o.family = 'mpls'), false),
  option('-B', (o) => (o.family = 'bridge'), false),
  option('-human-readable', (o) => (o.human = true)),
  option('-human', (o) => (o.human = true)),
  option('-iec', (o) => (o.iec = true)),
  option('-stats', (o) => o.stats++),
  option('-statistics', (o) => o.stats++),
  option('-details', (o) => (o.details = true)),
  option('-resolve', (o) => (o.resolve = true)),
  option('-oneline', (o) => (o.oneLine = true)),
  option('-timestamp', (o) => (o.timestamp = 'long')),
  option('-tshort', (o) => (o.timestamp = 'short')),
  option('-Version', (o) => (o.version = true)),
  option('-force', (o) => (o.force = true)),
  option('-batch', (o, words) => (o.batch = words.next())),
  option('-brief', (o) => (o.brief = true)),
  option('-json', (o) => (o.json = true)),
  option('-pretty', (o) => (o.pretty = true)),
  option('-rcvbuf', (_o, words) => words.next()),
  option('-color', (o) => (o.color = 'always')),
  option('-help', (o) => (o.help = true)),
  option('-netns', (o, words) => (o.netns = words.next())),
  option('-Numeric', (o) => (o.numeric = true)),
  option('-all', (o) => (o.all = true)),
]

const COLOR_MODES: readonly IpOptions['color'][] = ['always', 'auto', 'never']

function parseColor(word: string, options: IpOptions): boolean {
  const match = /^-c(?:o(?:l(?:o(?:r)?)?)?)?(?:=(.*))?$/.exec(word)
  if (match === null) return false
  if (match[1] === undefined) options.color = 'always'
  else {
    const mode = COLOR_MODES.find((known) => isPrefix(match[1]!, known))
    if (mode === undefined) return false
    options.color = mode
  }
  return true
}

/** Stops at the first word without a dash. `tool` names the help to try. */
export function parseIpOptions(words: Words, tool: 'ip' | 'bridge'): IpOptions {
  const options = new IpOptions()
  for (; !words.isDone; words.advance()) {
    let word = words.current
    if (word === '--') {
      words.advance()
      break
    }
    if (!word.startsWith('-')) break
    if (word.startsWith('--') && word.length > 2) word = word.slice(1)
    if (tool === 'bridge' && word !== '-c' && isPrefix(word, '-compressvlans')) continue
    if (parseColor(word, options)) continue
    const entry = IP_OPTIONS.find((candidate) => (candidate.prefix ? isPrefix(word, candidate.name) : word === candidate.name))
    if (entry === undefined || word === '-') throw new UsageError(`Option "${word}" is unknown, try "${tool} -help".`, 255)
    entry.take(options, words)
  }
  return options
}

export const IP_OPTION_WORDS: readonly string[] = IP_OPTIONS.map((entry) => entry.name)
