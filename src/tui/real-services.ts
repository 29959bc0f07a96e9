// The floors below, as the screen uses them; a chunk of its own that is loaded after the first frame.
import { Lab } from '../lab/lab.js'
import { listLessons } from '../lesson/load.js'
import { keepJournal, openLesson, resumeLab } from '../lesson/open-lesson.js'
import { openProgress, type Progress } from '../lesson/progress/progress.js'
import { builtInScenarios, loadScenario } from '../scenario/library.js'
import type { TuiOptions } from './main.js'
import { renderMarkdown } from './prose/render.js'
import type { Services } from './services.js'

export function realServices(options: TuiOptions): Services {
  let progress: Promise<Progress> | null = null
  const getProgress = () => {
    progress ??= openProgress()
    return progress
  }
  const choices = { ...(options.seed === undefined ? {} : { seed: options.seed }), ...(options.image === undefined ? {} : { image: options.image }) }
  return {
    progress: getProgress,
    lessons: () => listLessons(),
    scenarios: async () => Promise.all(builtInScenarios().map(async ({ name }) => ({ name, title: await titleOf(name) }))),
    openLesson: async (id, { fresh }) => {
      const language = options.language ?? 'en'
      return { ...(await openLesson(id, await getProgress(), { ...choices, fresh, language })), render: renderMarkdown }
    },
    openLab: async (name, { fresh }) => {
      const scenario = await loadScenario(name)
      const isChosen = Object.keys(choices).length > 0
      const resumed = fresh || isChosen ? null : await resumeLab(name, `lab/${scenario.name}`, await getProgress())
      return { lab: resumed?.lab ?? (await Lab.boot(scenario, choices)), notice: resumed?.notice ?? (resumed === null ? null : 'as you left it; `lab reset` begins anew') }
    },
    keep: async (lab, name) => keepJournal(lab, name, await getProgress()),
  }
}

async function titleOf(name: string): Promise<string> {
  try {
    return (await loadScenario(name)).title
  } catch {
    // `netlab validate` tells what is wrong with it; the list only shows its name.
    return ''
  }
}
