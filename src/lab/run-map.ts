// `lab map [NODE]`: the lab as it is now, drawn in the terminal.
import type { Process } from '../node/process.js'
import { diagramOf, LEVELS, type Level } from '../topology/diagram.js'
import { diagramText, railRoomOf } from '../topology/text.js'
import { aroundNode, topologyOf } from '../topology/topology.js'
import type { Lab } from './lab.js'

/** Lines longer than this are no easier to read. */
const WIDEST = 140

interface Wish {
  readonly node: string | null
  readonly level: Level
  readonly ascii: boolean
}

export function runMap(lab: Lab, proc: Process, args: readonly string[]): number {
  const wish = parse(proc, args, lab)
  if (wish === null) return 2
  const whole = topologyOf(lab.nodes.map(({ machine }) => machine))
  const topology = wish.node === null ? whole : (aroundNode(whole, wish.node) ?? whole)
  const width = Math.min(WIDEST, Math.max(60, proc.columns))
  proc.out(diagramText(diagramOf(topology, wish.level, railRoomOf(width)), { width, ascii: wish.ascii }))
  return 0
}

function parse(proc: Process, args: readonly string[], lab: Lab): Wish | null {
  let node: string | null = null
  let level: Level | null = null
  let ascii = false
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!
    if (word === '--ascii') ascii = true
    else if (word === '--level') {
      const wanted = args[++i] ?? ''
      level = LEVELS.find((each) => each === wanted) ?? null
      if (level === null) return refused(proc, `expected ${LEVELS.join(', ')} after --level`)
    } else if (word.startsWith('-')) return refused(proc, `unknown option ${word}; expected --level or --ascii`)
    else if (lab.node(word) === null) return refused(proc, lab.unknownNode(word))
    else node = word
  }
  return { node, level: level ?? (node === null ? 'namespaces' : 'devices'), ascii }
}

function refused(proc: Process, why: string): null {
  proc.error(`lab: map: ${why}`)
  return null
}
