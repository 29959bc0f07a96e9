// `lab wake [NODE...]`: nodes of a large cloud that nobody has touched yet, and making them. Only labs with such nodes have the word.
import type { Lab } from './lab.js'
import type { LabWord } from './words.js'

export function wakeWord(lab: Lab): LabWord {
  return {
    name: 'wake',
    usage: 'wake [NODE...]',
    summary: 'nodes that nobody has touched yet; makes the ones that are named, as if they had been there from the start',
    options: [['NODE', 'a node, or a server on it']],
    complete: ({ current, words }) => lab.asleep.filter((name) => name.startsWith(current) && !words.includes(name)),
    run: (proc, args) => {
      const unknown = args.find((name) => lab.node(name) === null && !lab.waking.isNear([name]))
      if (unknown !== undefined) {
        proc.error(`lab: wake: ${lab.unknownNode(unknown)}`)
        return 2
      }
      if (args.length > 0) return lab.waking.wakeAtOnce(args).then(() => 0)
      for (const name of lab.asleep) proc.line(name)
      return 0
    },
  }
}
