// `lab map [NODE]`: the lab as it is now, drawn in the terminal. Its code is loaded when it is first asked for.
import type { Lab } from './lab.js'
import type { LabWord } from './words.js'

const LEVELS = ['nodes', 'namespaces', 'devices']

export function mapWord(lab: Lab): LabWord {
  return {
    name: 'map',
    usage: 'map [NODE]',
    summary: 'the lab as a picture; of a NODE every device',
    options: [
      ['--level LEVEL', 'nodes, namespaces or devices'],
      ['--ascii', 'plain ASCII characters'],
    ],
    complete: ({ words, previous, current }) => {
      const after = previous === '--level' ? LEVELS : ['--level', '--ascii', ...lab.nodes.map(({ name }) => name)]
      return after.filter((word) => word.startsWith(current) && !words.includes(word))
    },
    run: async (proc, args) => (await import('./run-map.js')).runMap(lab, proc, args),
  }
}
