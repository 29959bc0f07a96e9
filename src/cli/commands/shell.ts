// `netlab shell SCENARIO [NODE]`: a plain shell for people without a screen, and with --json one for programs.
import type { LabOptions } from './lab-options.js'

export interface ShellOptions extends LabOptions {
  readonly json?: boolean
  readonly lesson?: string
  readonly language?: string
  /** What `lab save` called it, or a file. */
  readonly resume?: string
}

export async function shell(scenario: string, node: string | undefined, options: ShellOptions): Promise<number> {
  if (options.json === true) return (await import('./shell-json.js')).shellJson(scenario, node, options)
  return (await import('./shell-plain.js')).shellPlain(scenario, node, options)
}
