// `lab undo`, `lab reset`, `lab save`: going back in a session, and keeping it.
import type { Lab } from './lab.js'
import type { LabWord } from './words.js'

export function undoWord(lab: Lab): LabWord {
  return {
    name: 'undo',
    usage: 'undo',
    summary: 'take the last command line back; the lab stands as before it',
    run: (proc) => {
      const last = lab.lastLine()
      if (last === null) {
        proc.error('lab: undo: no command line was entered yet')
        return 1
      }
      lab.afterCommand(async () => void (await lab.undo()))
      proc.line(`taking back: ${last}`)
      return 0
    },
  }
}

export function resetWord(lab: Lab): LabWord {
  return {
    name: 'reset',
    usage: 'reset',
    summary: 'the scenario from its beginning',
    run: (proc) => {
      lab.afterCommand(() => lab.reset())
      proc.line(`${lab.scenario.name} begins anew`)
      return 0
    },
  }
}

export function saveWord(lab: Lab): LabWord {
  return {
    name: 'save',
    usage: 'save [NAME]',
    summary: 'keep the session, to go on later',
    run: (proc, args) => {
      // Taken up again, the session goes on as if it had been kept: it was.
      if (lab.isReplaying) return 0
      if (lab.saver === null) {
        proc.error('lab: save: there is nowhere to keep sessions here')
        return 1
      }
      if (args.length > 1 || (args[0] !== undefined && !/^[\w.-]{1,64}$/.test(args[0]))) {
        proc.error('lab: save: expected at most one name of letters, digits, "-", "_" and "."')
        return 2
      }
      try {
        proc.line(`kept as ${lab.saver(lab.journal, args[0] ?? null)}`)
        return 0
      } catch (error) {
        proc.error(`lab: save: ${error instanceof Error ? error.message : String(error)}`)
        return 1
      }
    },
  }
}
