// What can stand next on an iptables command line.
import { allMatches, allTargets, findMatch, findTarget } from '../../kernel/netfilter/extensions.js'
import { isTableName, TABLE_NAMES } from '../../kernel/netfilter/tables.js'
import type { CompletionContext } from '../../node/command.js'
import { OWN_OPTIONS } from './options.js'

const CHAIN_COMMANDS = new Set([
  '-A',
  '-C',
  '-D',
  '-R',
  '-I',
  '-L',
  '-S',
  '-F',
  '-Z',
  '-X',
  '-E',
  '-P',
  '--append',
  '--list',
  '--list-rules',
  '--flush',
  '--zero',
  '--policy',
])

export function completeIptables(context: CompletionContext): string[] {
  const { previous, current } = context
  const all = candidates(context, previous)
  return all.filter((word) => word.startsWith(current))
}

function candidates(context: CompletionContext, previous: string): string[] {
  const { words, proc } = context
  const at = words.indexOf('-t')
  const name = at < 0 ? 'filter' : (words[at + 1] ?? 'filter')
  const table = isTableName(name) ? proc.netns.netfilter.tables.get(name) : null
  const chains = table === null ? [] : table.list().map((chain) => chain.name)
  if (previous === '-t' || previous === '--table') return [...TABLE_NAMES]
  if (previous === '-m' || previous === '--match') return allMatches.map((match) => match.name).sort()
  if (previous === '-j' || previous === '--jump')
    return ['ACCEPT', 'DROP', 'RETURN', ...allTargets.map((target) => target.name), ...chains].sort()
  if (previous === '-g' || CHAIN_COMMANDS.has(previous)) return chains
  if (previous === '-i' || previous === '-o') return proc.netns.devices.map((dev) => dev.name)
  if (previous === '-p') return ['tcp', 'udp', 'icmp', 'all']
  return [
    ...Object.keys(OWN_OPTIONS)
      .filter((letter) => letter !== '0')
      .map((letter) => `-${letter}`),
    ...longOptions(words),
  ]
}

function longOptions(words: readonly string[]): string[] {
  const own = Object.values(OWN_OPTIONS).flatMap((option) => option.long.map((name) => `--${name}`))
  const extra = words.flatMap((word, i) => {
    const spec = words[i - 1] === '-m' || words[i - 1] === '-p' ? findMatch(word) : words[i - 1] === '-j' ? findTarget(word) : null
    return spec === null ? [] : spec.options.map((option) => `--${option.name}`)
  })
  return [...own, ...extra]
}
