// Completion that the network tools share: options out of their grammars, devices of the namespace, hosts the machine knows.
import type { GetoptGrammar } from '../../grammar/getopt.js'
import { optionCandidates } from '../../grammar/getopt.js'
import type { CompletionContext } from '../../node/command.js'

/** A completer for a command with this grammar; operands are hosts unless told otherwise. */
export function completeBy(
  grammar: GetoptGrammar,
  operand: 'host' | 'device' | 'file' | 'none' = 'host',
): (context: CompletionContext) => string[] {
  return (context) => {
    const { options, expects } = optionCandidates(grammar, context.words.slice(1, context.index), context.current)
    if (options.length > 0) return [...options]
    return candidatesOf(expects ?? (context.current.startsWith('-') ? 'none' : operand), context)
  }
}

function candidatesOf(kind: string, context: CompletionContext): string[] {
  const begins = (word: string): boolean => word.startsWith(context.current)
  switch (kind) {
    case 'device':
      return context.proc.netns.devices.map((dev) => dev.name).filter(begins)
    case 'host':
      return hostsOf(context).filter(begins)
    default:
      return []
  }
}

function hostsOf(context: CompletionContext): string[] {
  const { files } = context.proc
  if (!files.exists('/etc/hosts')) return []
  const names = files
    .read('/etc/hosts')
    .split('\n')
    .flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1))
  return [...new Set(names)].sort()
}
