// `netlab exec SCENARIO NODE -- WORDS...`: one command on a fresh lab, its own output and exit code.
import { UsageError } from '../exit-code.js'
import { errResult, outResult, reportBugs } from '../streams.js'
import { bootLab, type LabOptions } from './lab-options.js'

export async function exec(scenario: string, what: { node: string; words: readonly string[] }, options: LabOptions): Promise<number> {
  const lab = await bootLab(scenario, options, 'one')
  await lab.wake(what.node)
  if (lab.node(what.node) === null) throw new UsageError(lab.unknownNode(what.node))
  // Joined with spaces and read by the node's shell, as ssh does it.
  const result = await lab.run(what.node, what.words.join(' '), { stepLimitSeconds: options.stepLimit ?? 600 })
  reportBugs(lab.takeBugs())
  outResult(result)
  errResult(result.stderr)
  return result.exitCode
}
