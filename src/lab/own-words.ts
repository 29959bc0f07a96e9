// The words of `lab` that need nothing but the lab: log, who, explain, doctor, break, inject, undo, reset, save; wake where nodes sleep.
import type { Lab } from './lab.js'
import { breakWord } from './word-break.js'
import { doctorWord } from './word-doctor.js'
import { explainWord } from './word-explain.js'
import { injectWord } from './word-inject.js'
import { logWord } from './word-log.js'
import { mapWord } from './word-map.js'
import { packetsWord } from './word-packets.js'
import { resetWord, saveWord, undoWord } from './word-session.js'
import { wakeWord } from './word-wake.js'
import { whoWord } from './word-who.js'
import type { LabWord } from './words.js'

export function ownWords(lab: Lab): LabWord[] {
  return [
    logWord(lab),
    mapWord(lab),
    packetsWord(lab),
    whoWord(lab),
    explainWord(lab),
    doctorWord(lab),
    breakWord(lab),
    injectWord(),
    undoWord(lab),
    resetWord(lab),
    saveWord(lab),
    ...(lab.scenario.cloud?.wake === 'touch' ? [wakeWord(lab)] : []),
  ]
}
