// Values that only the machine knows, for completion: devices, namespaces, tables.
import type { Completion } from '../../grammar/keyword.js'
import type { CompletionContext } from '../../node/command.js'

export function completeKinds(found: Completion, context: CompletionContext): string[] {
  const { proc } = context
  const words = [...found.words]
  for (const kind of found.kinds) {
    switch (kind) {
      case 'device':
        words.push(...proc.netns.devices.map((dev) => dev.name))
        break
      case 'netns':
        words.push(...proc.machine.netnsNames.keys())
        break
      case 'table':
        words.push('main', 'local', 'default', 'all')
        break
      case 'address':
      case 'file':
        break
    }
  }
  return [...new Set(words)].filter((word) => word.startsWith(context.current)).sort()
}
