// `netlab run SCENARIO FILE|- [--json] [-e]`: a script in one lab, one "@NODE COMMAND" a line.
import type { Lab } from '../../lab/lab.js'
import { readScript } from '../../lab/script-lines.js'
import { EXIT } from '../exit-code.js'
import { errResult, jsonResult, out, outResult, readInput, reportBugs } from '../streams.js'
import { bootLab, type LabOptions } from './lab-options.js'

export interface RunOptions extends LabOptions {
  readonly json?: boolean
  readonly e?: boolean
}

interface StepResult {
  readonly node: string
  readonly command: string
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
  readonly bytes?: Uint8Array
}

export async function run(scenario: string, file: string, options: RunOptions): Promise<number> {
  const text = readInput(file)
  const lab = await bootLab(scenario, options)
  const tell = options.json === true ? new JsonArray() : new PlainText()
  let code: number = EXIT.done
  for (const { node, command } of readScript(text, lab.nodes[0]?.name ?? '')) {
    const result = await step(lab, { node, command }, options)
    tell.step(result)
    if (options.e === true && result.exitCode !== 0) {
      code = result.exitCode
      break
    }
  }
  tell.end()
  return code
}

async function step(lab: Lab, line: { node: string; command: string }, options: RunOptions): Promise<StepResult> {
  const result = await lab.run(line.node, line.command, { stepLimitSeconds: options.stepLimit ?? 600 })
  reportBugs(lab.takeBugs())
  return { ...line, ...result }
}

class JsonArray {
  private isFirst = true
  step(result: StepResult): void {
    out(`${this.isFirst ? '[' : ','}\n${JSON.stringify(jsonResult(result))}`)
    this.isFirst = false
  }
  end(): void {
    out(this.isFirst ? '[]\n' : '\n]\n')
  }
}

class PlainText {
  step(result: StepResult): void {
    outResult(result)
    errResult(result.stderr)
  }
  end(): void {}
}
