// `lab packets`: the last packets of the lab as a list, and the way of one of them. Its code is loaded when it is first asked for.
import type { Lab } from './lab.js'
import { PROTOCOLS } from './packet-lines.js'
import type { LabWord } from './words.js'

export function packetsWord(lab: Lab): LabWord {
  return {
    name: 'packets',
    usage: 'packets [NUMBER]',
    summary: 'the last packets over all nodes, or the way of one',
    options: [
      ['NUMBER', 'the way of this packet'],
      ['-n COUNT', 'so many'],
      ['--proto PROTOCOL', `only ${PROTOCOLS.join(', ')} or dns`],
      ['--node NODE', 'only packets that came by there'],
      ['--text TEXT', 'only lines with this text'],
      ['on, off', 'record packets, or do not'],
    ],
    complete: ({ previous, current }) => {
      const nodes = lab.nodes.map(({ name }) => name)
      const after = previous === '--node' ? nodes : previous === '--proto' ? PROTOCOLS : ['--proto', '--node', '--text', '-n', 'on', 'off']
      return after.filter((word) => word.startsWith(current))
    },
    run: async (proc, args) => (await import('./run-packets.js')).runPackets(lab, proc, args),
  }
}
