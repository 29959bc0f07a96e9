// `netlab shell SCENARIO NODE --json`: one object a line in, one a line out; virtual time runs free.
import { createInterface } from 'node:readline'
import type { Lab } from '../../lab/lab.js'
import { EXIT, UsageError } from '../exit-code.js'
import { jsonResult, out, reportBugs } from '../streams.js'
import { bootLab } from './lab-options.js'
import type { ShellOptions } from './shell.js'

export async function shellJson(scenario: string, wanted: string | undefined, options: ShellOptions): Promise<number> {
  const lab = await bootLab(scenario, options)
  const node = wanted ?? lab.nodes[0]!.name
  await lab.wake(node)
  if (lab.node(node) === null) throw new UsageError(lab.unknownNode(node))
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue
    out(`${JSON.stringify(await answer(lab, node, line, options))}\n`)
    reportBugs(lab.takeBugs())
  }
  return EXIT.done
}

async function answer(lab: Lab, node: string, line: string, options: ShellOptions): Promise<object> {
  const request = parse(line)
  if (request === null) return { error: 'expected one JSON object a line: {"cmd": LINE} or {"file": PATH, "base64": DATA}' }
  const { cmd, file, base64 } = request
  if (typeof cmd === 'string') return jsonResult(await lab.run(node, cmd, { stepLimitSeconds: options.stepLimit ?? 600 }))
  if (typeof file === 'string' && typeof base64 === 'string') return putFile(lab, node, file, base64)
  return { error: 'expected {"cmd": LINE} or {"file": PATH, "base64": DATA}' }
}

function parse(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function putFile(lab: Lab, node: string, path: string, base64: string): object {
  if (!path.startsWith('/')) return { error: `"file" is the full path of a file on the node, "${path}" is not` }
  if (!/^[A-Za-z0-9+/]*={0,2}\s*$/.test(base64)) return { error: '"base64" holds characters that base64 has not' }
  try {
    lab.putFile(node, path, base64)
    return {}
  } catch (error) {
    return { error: `${path}: ${error instanceof Error ? error.message : String(error)}` }
  }
}
