// What older tools print otherwise, as data: versions.yaml names tool, version and lines; here differences are held against it.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import * as z from 'zod'
import { atLeast, type Image, type ToolName } from '../../src/node/image.js'
import type { Case } from './case-file.js'
import type { Difference } from './compare.js'

const entry = z.strictObject({
  /** A tool as images name it, or `kernel`. */
  tool: z.string(),
  /** Tools older than this print the older form. */
  before: z.string(),
  what: z.string(),
  /** Commands that it is about. */
  cmd: z.string().default(''),
  /** The scenario that it is about, where not all. */
  scenario: z.string().optional(),
  /** Lines, of the old form or the new one, that differ by it; without it all of the case. */
  lines: z.array(z.string()).default([]),
})

type Entry = z.infer<typeof entry>

export interface EraCase {
  readonly of: Case
  readonly era: string
  readonly differs: boolean
  /** Entries that named something of it. */
  readonly names: readonly string[]
  readonly unnamed: readonly Difference[]
}

interface Where {
  readonly scenario: string
  readonly older: Image
  readonly newer: Image
}

interface Known extends Entry {
  readonly asked: RegExp
  readonly patterns: readonly RegExp[]
}

export class Entries {
  private constructor(readonly all: readonly Known[]) {}

  static read(path: string): Entries {
    const checked = z.array(entry).safeParse(parse(readFileSync(path, 'utf8')) ?? [])
    if (!checked.success) throw new Error(`${path}: ${z.prettifyError(checked.error)}`)
    return new Entries(
      checked.data.map((each) => ({ ...each, asked: new RegExp(each.cmd), patterns: each.lines.map((line) => new RegExp(line)) })),
    )
  }

  judge(of: Case, differences: readonly Difference[], where: Where): Pick<EraCase, 'names' | 'unnamed'> {
    const holding = this.all.filter(
      (each) => each.asked.test(of.cmd) && (each.scenario ?? where.scenario) === where.scenario && isBetween(each, where),
    )
    const names = new Set<string>()
    const named = (line: string): boolean => {
      const by = holding.find(({ patterns }) => patterns.length === 0 || patterns.some((pattern) => pattern.test(line)))
      if (by !== undefined) names.add(titleOf(by))
      return by !== undefined
    }
    const unnamed = differences
      .map(({ what, missing, extra }) => ({
        what,
        missing: missing.filter((line) => !named(line)),
        extra: extra.filter((line) => !named(line)),
      }))
      .filter(({ missing, extra }) => missing.length > 0 || extra.length > 0)
    return { names: [...names], unnamed }
  }

  unused(found: readonly EraCase[]): string[] {
    const used = new Set(found.flatMap(({ names }) => names))
    return this.all.map(titleOf).filter((title) => !used.has(title))
  }
}

/** The older image is on the other side of the change than the newer one. */
function isBetween({ tool, before }: Entry, { older, newer }: Where): boolean {
  if (tool === 'distribution') return older.facts.id !== newer.facts.id
  const of = (image: Image): string => (tool === 'kernel' ? image.kernel : image.tool(tool as ToolName))
  return !atLeast(of(older), before) && atLeast(of(newer), before)
}

function titleOf({ tool, before, what }: Entry): string {
  return `${tool}|${before}|${what}`
}

const HEAD = '## What older tools print otherwise'

export function eraSection(found: readonly EraCase[], entries: Entries): string {
  const eras = [...new Set(found.map(({ era }) => era))].sort()
  const rows = entries.all.map((each) => {
    const cases = found.filter(({ names }) => names.includes(titleOf(each)))
    const counts = eras.map((era) => String(cases.filter((one) => one.era === era).length))
    return `| ${[each.tool, each.before, each.what, ...counts].map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`
  })
  const open = found.filter(({ unnamed }) => unnamed.length > 0)
  return [
    HEAD,
    '',
    `Written by \`npm run oracle -- versions\`: ${found.length} comparisons of netlab with itself, tools of an older image against those of Debian 12;`,
    `${found.filter(({ differs }) => differs).length} differ. An entry of versions.yaml names what differs and since which version; the columns count cases.`,
    '',
    `| tool | before | what | ${eras.join(' | ')} |`,
    `| --- | --- | --- |${' --- |'.repeat(eras.length)}`,
    ...rows,
    '',
    open.length === 0 ? 'None is left without a name.' : `Not judged: ${open.map(({ of, era }) => `${of.key} (${era})`).join('; ')}.`,
    '',
  ].join('\n')
}

/** The report with that section anew, at its end. */
export function withSection(report: string, section: string): string {
  const at = report.indexOf(HEAD)
  return `${(at < 0 ? report : report.slice(0, at)).trimEnd()}\n\n${section}`
}

export function sectionOf(report: string): string {
  const at = report.indexOf(HEAD)
  return at < 0 ? '' : report.slice(at)
}
