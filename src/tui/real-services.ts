// The floors below, as the screen uses them; loaded after the first frame, and of it the lab only when one is opened.
import { readFileSync, writeFileSync } from 'node:fs'
import { parse, resolve } from 'node:path'
import { listLessons } from '../lesson/heads.js'
import { openProgress, type Progress } from '../lesson/progress/progress.js'
import { builtInScenarios } from '../scenario/library.js'
import type { TuiOptions } from './main.js'
import type { Services } from './services.js'

export function realServices(options: TuiOptions): Services {
  let progress: Promise<Progress> | null = null
  const getProgress = () => {
    progress ??= openProgress()
    return progress
  }
  const choices = {
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.image === undefined ? {} : { image: options.image }),
  }
  return {
    progress: getProgress,
    lessons: () => listLessons(),
    scenarios: async () =>
      builtInScenarios().map(({ name, file }) => ({ name, title: /^title: *(.*)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '' })),
    openLesson: async (id, { fresh }) => {
      const [{ openLesson }, { renderMarkdown }] = await Promise.all([import('../lesson/open-lesson.js'), import('./prose/render.js')])
      const opened = await openLesson(id, await getProgress(), { ...choices, fresh, language: options.language ?? 'en' })
      return { ...opened, render: renderMarkdown }
    },
    openLab: async (name, { fresh }) => {
      const [{ Lab }, { loadScenario }, { noteJournal, resumeLab }] = await Promise.all([
        import('../lab/lab.js'),
        import('../scenario/library.js'),
        import('../lesson/kept-labs.js'),
      ])
      const scenario = await loadScenario(name)
      const isChosen = Object.keys(choices).length > 0
      const progress = await getProgress()
      const resumed = fresh || isChosen ? null : await resumeLab(name, `lab/${scenario.name}`, progress)
      if (fresh) await noteJournal(`lab/${scenario.name}`, progress)
      return {
        lab: resumed?.lab ?? (await Lab.boot(scenario, choices)),
        notice: resumed?.notice ?? (resumed === null ? null : 'as you left it; `lab reset` begins anew'),
      }
    },
    save: saveFile,
    keep: async (lab, name) => (await import('../lesson/kept-labs.js')).keepJournal(lab, name, await getProgress()),
  }
}

const MOST_COPIES = 1000

/** In the folder where netlab was started; `-2`, `-3` behind the name of a second and a third one. */
async function saveFile(name: string, bytes: Uint8Array): Promise<string> {
  const { name: stem, ext } = parse(name)
  for (let copy = 1; copy < MOST_COPIES; copy++) {
    const file = resolve(copy === 1 ? name : `${stem}-${copy}${ext}`)
    try {
      writeFileSync(file, bytes, { flag: 'wx' })
      return file
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  throw new Error(`${resolve(name)} and ${MOST_COPIES} more are there already`)
}
