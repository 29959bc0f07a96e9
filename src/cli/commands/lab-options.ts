// The options that boot a lab, and booting it.
import { Lab } from '../../lab/lab.js'
import { loadScenario } from '../../scenario/library.js'
import { loadAllCommands } from '../../tools/lazy.js'
import { message } from '../streams.js'

export interface LabOptions {
  readonly image?: string
  readonly seed?: string
  readonly stepLimit?: number
}

/** `howMany`: a script will run many commands, so their code is read at once; one command reads what it needs. */
export async function bootLab(nameOrFile: string, options: LabOptions, howMany: 'one' | 'many' = 'many'): Promise<Lab> {
  if (howMany === 'many') await loadAllCommands()
  const scenario = await loadScenario(nameOrFile)
  const lab = await Lab.boot(scenario, {
    ...(options.image === undefined ? {} : { image: options.image }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  })
  for (const failure of lab.bootFailures) message(`netlab: ${failure}`)
  return lab
}
