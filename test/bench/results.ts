// RESULTS.md: one table, a row a figure. A run replaces the rows of the benchmarks that it ran and keeps the others.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, type as systemType, totalmem } from 'node:os'
import type { Figure } from './report.js'

const HEAD = `# Benchmarks

Written by \`npm run bench\`; with numbers (\`npm run bench -- 3 7\`) only the rows of those are made anew. Subject and peer take turns in one
run, at least seven pairs after warming up; medians, with the least and the greatest in brackets. Answers are checked before times count.
Ratios are what compares: the row's machine and load stand below the table.

| # | what | beside it, in the same run | target | measured | | why, where missed | run |
| --- | --- | --- | --- | --- | --- | --- | --- |
`

export interface Run {
  readonly number: number
  readonly name: string
  readonly figures: readonly Figure[]
  readonly loadBefore: number
}

export function writeResults(file: string, runs: readonly Run[]): void {
  const old = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  const isRerun = (line: string): boolean => runs.some(({ number }) => line.startsWith(`| ${number} `) || line.startsWith(`- ${number} `))
  const kept = old.filter((line) => /^[|-] \d+ /.test(line) && !isRerun(line))
  const date = new Date().toISOString().slice(0, 10)
  const rows = runs.flatMap(({ number, name, figures }) => figures.map((figure) => tableRow(number, name, figure, date)))
  const machines = runs.map(
    ({ number, name, loadBefore }) => `- ${number} ${name}: ${date}, ${machineLine()}, load ${loadBefore.toFixed(1)} before`,
  )
  const table = [...kept.filter((line) => line.startsWith('|')), ...rows].sort(byNumber)
  const list = [...kept.filter((line) => line.startsWith('-')), ...machines].sort(byNumber)
  writeFileSync(file, `${HEAD}${table.join('\n')}\n\n${list.join('\n')}\n`)
}

function tableRow(number: number, name: string, figure: Figure, date: string): string {
  const { what, beside, target, measured, met, why } = figure
  const verdict = met === null ? '' : met ? 'met' : '**missed**'
  const cells = [`${number} ${name}`, what, beside, target, measured, verdict, met === false ? (why ?? '') : '', date]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}

function byNumber(a: string, b: string): number {
  return Number.parseInt(a.slice(2), 10) - Number.parseInt(b.slice(2), 10)
}

/** Kind of machine, never its name. */
function machineLine(): string {
  const all = cpus()
  return `${all.length} x ${all[0]?.model.trim() ?? 'processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${systemType()} ${release()}, Node ${process.versions.node}`
}

export function load(): number {
  return loadavg()[0]!
}
