// The process that is killed: writes records, journals and sessions as netlab does, and says of each when it is safe.

import { keepSessions } from '../../../src/cli/sessions.js'
import type { Journal } from '../../../src/lab/journal.js'
import type { Lab } from '../../../src/lab/lab.js'
import { keepJournal } from '../../../src/lesson/kept-labs.js'
import { openProgress } from '../../../src/lesson/progress/progress.js'

export const LESSON = 'killed/lesson'

/** A journal that tells by its seed who wrote it, and when. */
function journalOf(who: string, turn: number): Journal {
  const entry = { kind: 'run', node: 'sandbox', line: 'true '.repeat(turn % 400), limitUs: 1, step: 0, atUs: 0 } as const
  const end = { step: 0, atUs: 0 }
  return { version: 1, scenario: 'sandbox', fingerprint: '', seed: `${who} ${turn}`, image: null, entries: Array(20).fill(entry), end }
}

/** Without end: who starts it kills it. */
export async function write(who: string): Promise<never> {
  const progress = await openProgress()
  const ack = (what: string): void => void process.stdout.write(`${what}\n`)
  ack('begun')
  for (let turn = 0; ; turn++) {
    const lab = { journal: journalOf(who, turn) } as unknown as Lab
    await progress.record({ kind: 'goal-met', lesson: LESSON, step: who, goal: String(turn), assisted: false })
    ack(`goal ${who}/${turn}`)
    if (turn % 3 === 0) {
      await keepJournal(lab, LESSON, progress)
      ack(`journal ${who} ${turn}`)
    }
    if (turn % 5 === 0) {
      keepSessions(lab)
      lab.saver!(lab.journal, who)
      ack(`session ${who} ${turn}`)
    }
  }
}
