// `lab who THING`: which agent's command made a device, chain, rule, address or file, by looking the thing up in the agent log.
import { agentLog, type LoggedCommand, logText } from './word-log.js'
import type { LabWord } from './words.js'

export function whoWord(): LabWord {
  return {
    name: 'who',
    usage: 'who THING',
    summary: 'which agent made a device, chain, rule or file on this node',
    run: (proc, args) => {
      if (args.length === 0) {
        proc.error('lab: who: expected the name of a device, chain, address or file, or a rule in quotes')
        return 2
      }
      const thing = args.join(' ')
      const commands = agentLog([proc.machine], { node: null, agent: null, object: null, showInput: false }).filter((command) =>
        mentions(command, thing),
      )
      if (commands.length === 0) {
        proc.error(`lab: who: no agent typed "${thing}" on ${proc.machine.name}`)
        return 1
      }
      proc.out(logText(firstAndLast(commands), { showInput: false }))
      for (const line of linesAbout(commands[0]!, thing)) proc.line(`        ${line}`)
      return 0
    },
  }
}

/** A word or a row of words, not a piece of one: `br1` does not mean `br100`. */
function mentions({ entry }: LoggedCommand, thing: string): boolean {
  return containsWords(entry.argv.join(' '), thing) || entry.stdin.split('\n').some((line) => containsWords(line, thing))
}

function containsWords(text: string, thing: string): boolean {
  return ` ${text.replace(/^:/, '')} `.includes(` ${thing} `)
}

/** The command that made the thing, and the last one that touched it. */
function firstAndLast(commands: readonly LoggedCommand[]): LoggedCommand[] {
  const last = commands[commands.length - 1]!
  return commands.length === 1 ? [last] : [commands[0]!, last]
}

function linesAbout({ entry }: LoggedCommand, thing: string): string[] {
  return entry.stdin
    .split('\n')
    .filter((line) => containsWords(line, thing))
    .slice(0, 8)
}
