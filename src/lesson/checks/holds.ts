// holds: a statement about rows of the lab's state, or a probe run on a copy of the lab so that nothing of it moves.
import { describeWhere, fits, type HoldsRows, type Probe, type Verdict } from './check.js'
import type { LabReader } from './lab-reader.js'
import { lookAt, rowSource, withoutSelectors } from './rows.js'

export async function judgeHolds(spec: HoldsRows, lab: LabReader): Promise<Verdict> {
  const source = rowSource(spec.rows)
  const command = inNamespace(spec.netns, lookAt(source, spec.where))
  const rows = await lab.rows(spec.node, spec.netns, source, spec.where)
  const found = rows.filter((row) => fits(row, withoutSelectors(spec.where, spec.rows))).length
  const wanted = spec.most === 0 ? 'no' : spec.most === spec.least ? `${spec.least}` : `at least ${spec.least}`
  return {
    met: found >= spec.least && found <= spec.most,
    expected: `${wanted} ${spec.rows}${describeWhere(spec.where)} on ${spec.node}`,
    found: found === 0 ? `none among ${rows.length}` : `${found} of ${rows.length}`,
    where: `${command} on ${spec.node}`,
  }
}

export async function judgeProbe(spec: Probe, lab: LabReader): Promise<Verdict> {
  const { exitCode, stdout, stderr } = await lab.outcome(spec.node, spec.run)
  const last =
    `${stdout}\n${stderr}`
      .split('\n')
      .filter((line) => line.trim() !== '')
      .at(-1) ?? ''
  return {
    met: exitCode === spec.exit,
    expected: `exit code ${spec.exit} of: ${spec.run}`,
    found: `${exitCode}${last === '' ? '' : ` (${last.trim()})`}`,
    where: `${spec.run} on ${spec.node}`,
  }
}

function inNamespace(netns: string | null, command: string): string {
  return netns === null ? command : `ip netns exec ${netns} ${command}`
}
