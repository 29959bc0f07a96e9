// The options that boot a lab, and booting it.
import { Lab } from '../../lab/lab.js'
import { loadScenario } from '../../scenario/library.js'
import { message } from '../streams.js'

export interface LabOptions {
  readonly image?: string
  readonly seed?: string
  readonly stepLimit?: number
}

export async function bootLab(nameOrFile: string, options: LabOptions): Promise<Lab> {
  const scenario = await loadScenario(nameOrFile)
  const lab = await Lab.boot(scenario, {
    ...(options.image === undefined ? {} : { image: options.image }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  })
  for (const failure of lab.bootFailures) message(`netlab: ${failure}`)
  return lab
}
