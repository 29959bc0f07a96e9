// `lab doctor`: what the API wants against what the nodes have.
import type { Process } from '../node/process.js'
import type { Lab } from './lab.js'
import type { LabWord } from './words.js'

interface Question {
  readonly node: string | null
  readonly about: string | null
  readonly isJson: boolean
  readonly isVerbose: boolean
}

export function doctorWord(lab: Lab): LabWord {
  return {
    name: 'doctor',
    usage: 'doctor [NODE]',
    summary: 'what the API wants against what the nodes have',
    options: [
      ['NODE', 'only there'],
      ['--about OBJECT', 'only what has to do with it: a name, an id, an address'],
      ['-v', 'what is right, too'],
      ['--json', 'for programs'],
    ],
    run: (proc, args) => {
      const question = parse(proc, args, lab)
      return question === null ? 2 : answer(proc, question, lab)
    },
    complete: ({ words, current }) =>
      ['--about', '--json', '-v', ...lab.nodes.map(({ name }) => name)].filter((word) => word.startsWith(current) && !words.includes(word)),
  }
}

async function answer(proc: Process, { node, about, isJson, isVerbose }: Question, lab: Lab): Promise<number> {
  const [{ examine }, { isMissing }, { chosen, doctorJson, doctorText }] = await Promise.all([
    import('../doctor/examine.js'),
    import('../doctor/item.js'),
    import('../doctor/report.js'),
  ])
  const items = examine(lab.nodes.map(({ machine }) => machine))
  if (items === null) {
    proc.error('lab: doctor: this lab has no cloud whose API could want anything')
    return 2
  }
  const found = chosen(items, node, about)
  if (about !== null && found.length === 0) {
    proc.error(
      `lab: doctor: the API has nothing called "${about}"${node === null ? '' : ` on ${node}`} that a node would have; expected a name, an id or an address`,
    )
    return 2
  }
  proc.out(isJson ? `${JSON.stringify(doctorJson(found), null, 2)}\n` : doctorText(found, isVerbose))
  if (!isJson && lab.asleep.length > 0) proc.out(`${asleepText(lab.asleep)}\n`)
  return found.some(isMissing) ? 1 : 0
}

function asleepText(names: readonly string[]): string {
  const others = names.length === 1 ? '' : ` and ${names.length - 1} more`
  return `not looked at: ${names[0]}${others}, which nobody has touched yet; "lab wake NODE" makes one`
}

function parse(proc: Process, args: readonly string[], lab: Lab): Question | null {
  let node: string | null = null
  let about: string | null = null
  let [isJson, isVerbose] = [false, false]
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!
    if (word === '-v' || word === '--verbose') isVerbose = true
    else if (word === '--json') isJson = true
    else if (word === '--about') {
      about = args[++i] ?? null
      if (about === null) return refused(proc, 'nothing follows --about')
    } else if (word.startsWith('-')) return refused(proc, `unknown option ${word}; expected --about, --json or -v`)
    else if (lab.node(word) !== null) node = word
    else return refused(proc, lab.unknownNode(word))
  }
  return { node, about, isJson, isVerbose }
}

function refused(proc: Process, what: string): null {
  proc.error(`lab: doctor: ${what}`)
  return null
}
