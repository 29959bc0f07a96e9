// The table by tool and the list of what differs, for people and for RESULTS.md.
import type { Case } from './case-file.js'
import type { Difference, Verdict } from './compare.js'
import { type Deviation, deviationOf } from './deviations.js'

export interface Judged {
  readonly of: Case
  readonly scenario: string
  readonly verdict: Verdict
}

export interface Report {
  readonly judged: readonly Judged[]
  readonly deviations: readonly Deviation[]
  readonly versions: readonly string[]
  readonly date: string
  readonly seconds: number
}

export function equalShare(judged: readonly Judged[]): { cases: number; equal: number; share: string } {
  const cases = judged.length
  const equal = judged.filter(({ verdict }) => verdict.differences.length === 0).length
  return { cases, equal, share: cases === 0 ? '-' : ((100 * equal) / cases).toFixed(1) }
}

export function markdown(report: Report): string {
  const { cases, equal, share } = equalShare(report.judged)
  return `${[
    '# The same labs on real Linux',
    '',
    `Written by \`npm run oracle\` on ${report.date} in ${Math.round(report.seconds)} s. Each case is one command on both sides; standard output,`,
    'standard error, exit code and every capture must be equal after the rules of `normalise.ts`.',
    '',
    ...report.versions.map((line) => `- ${line}`),
    '',
    `**${equal} of ${cases} cases are equal: ${share} of 100.**`,
    '',
    ...toolTable(report.judged),
    '',
    ...deviationTable(report),
  ].join('\n')}\n`
}

export function toolTable(judged: readonly Judged[]): string[] {
  const tools = new Map<string, Judged[]>()
  for (const each of judged) tools.set(each.of.tool, [...(tools.get(each.of.tool) ?? []), each])
  const rows = [...tools].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
  return [
    '| tool | cases | equal | of 100 |',
    '| --- | --- | --- | --- |',
    ...rows.map(([tool, of]) => {
      const { cases, equal, share } = equalShare(of)
      return `| ${tool} | ${cases} | ${equal} | ${share} |`
    }),
  ]
}

function deviationTable({ judged, deviations }: Report): string[] {
  const different = judged.filter(({ verdict }) => verdict.differences.length > 0)
  if (different.length === 0) return ['Nothing differs.']
  return [
    '## What differs',
    '',
    '| case | class | reason |',
    '| --- | --- | --- |',
    ...different.map(({ of, verdict }) => {
      const known = deviationOf(of.key, deviations)
      const reason = known?.reason ?? `${verdict.differences.map(({ what }) => what).join(', ')}`
      return `| ${cell(of.key)} | ${known?.class ?? 'not yet judged'} | ${cell(reason)} |`
    }),
  ]
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

const SHOWN_LINES = 12

export function differenceLines({ what, missing, extra }: Difference): string[] {
  return [
    `    ${what}`,
    ...missing.slice(0, SHOWN_LINES).map((line) => `      real    ${line}`),
    ...extra.slice(0, SHOWN_LINES).map((line) => `      netlab  ${line}`),
  ]
}
