// `npm run oracle -- versions`: netlab alone, with the tools of older images against those of Debian 12, which the real machine judges. What
// an older tool prints otherwise must be named by versions.yaml; what no entry names is shown as not judged. Words: as of main.ts.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { imageByName } from '../../src/node/images.js'
import { loadScenario } from '../../src/scenario/library.js'
import { loadAllCommands } from '../../src/tools/lazy.js'
import { type CaseFile, readCaseFiles } from './case-file.js'
import { compare } from './compare.js'
import { NetlabSide } from './netlab-side.js'
import { type Played, play } from './play.js'
import { differenceLines } from './report.js'
import { Entries, type EraCase, eraSection, withSection } from './version-entries.js'

const FOLDER = join(process.env['NETLAB_ROOT'] ?? process.cwd(), 'test/oracle')
const NEWEST = 'debian-12'
const ERAS = ['ubuntu-12.04', 'ubuntu-14.04', 'ubuntu-18.04'] as const

interface Options {
  readonly scenarios: readonly string[]
  readonly text: string | null
  readonly verbose: boolean
}

async function main(words: readonly string[]): Promise<number> {
  const k = words.indexOf('-k')
  const options: Options = {
    scenarios: words.filter((word, i) => !word.startsWith('-') && (k < 0 || i !== k + 1)),
    text: k < 0 ? null : (words[k + 1] ?? ''),
    verbose: words.includes('-v'),
  }
  const entries = Entries.read(join(FOLDER, 'versions.yaml'))
  await loadAllCommands()
  const found: EraCase[] = []
  for (const file of readCaseFiles(join(FOLDER, 'cases'))) {
    if (options.scenarios.length > 0 && !options.scenarios.includes(file.scenario)) continue
    found.push(...(await erasOf(file, options, entries)))
  }
  const open = found.filter(({ unnamed }) => unnamed.length > 0)
  const count = found.filter(({ differs }) => differs).length
  console.log(`${found.length} comparisons, ${count} differ, ${open.length} of them not judged`)
  for (const text of entries.unused(found)) console.log(`names nothing: ${text}`)
  if (options.text === null && options.scenarios.length === 0) {
    const path = join(FOLDER, 'RESULTS.md')
    writeFileSync(path, withSection(readFileSync(path, 'utf8'), eraSection(found, entries)))
  }
  return open.length > 0 ? 1 : 0
}

/** Clouds are what they are by their image: with their own alone. */
async function erasOf(file: CaseFile, { text, verbose }: Options, entries: Entries): Promise<EraCase[]> {
  const own = join(FOLDER, 'scenarios', `${file.scenario}.yaml`)
  const place = existsSync(own) ? own : file.scenario
  const cases = file.cases.filter(({ key, cmd }) => text === null || key.includes(text) || cmd.includes(text))
  if (cases.length === 0) return []
  const newest = await played(file, cases, { place, era: NEWEST })
  const found: EraCase[] = []
  for (const era of existsSync(own) ? ERAS : [cloudEra(file.scenario)]) {
    const older = await played(file, cases, { place, era })
    for (const trouble of older.troubles) if (verbose && !newest.troubles.includes(trouble)) console.log(`  ${era}: ${trouble}`)
    for (const [i, of] of cases.entries()) {
      const verdict = compare(newest.outcomes[i]!, older.outcomes[i]!)
      const { names, unnamed } = entries.judge(of, verdict.differences, {
        scenario: file.scenario,
        older: imageByName(era)!,
        newer: imageByName(NEWEST)!,
      })
      found.push({ of, era, differs: verdict.differences.length > 0, names, unnamed })
      if (!verbose || unnamed.length === 0) continue
      console.log(`  ${era}  ${of.key}   @${of.node} ${of.cmd}`)
      console.log(
        unnamed
          .flatMap(differenceLines)
          .join('\n')
          .replaceAll('      real    ', '      new     ')
          .replaceAll('      netlab  ', '      old     '),
      )
    }
  }
  console.log(
    `${file.name}: ${found.filter(({ differs }) => differs).length} of ${found.length} differ, ${found.filter(({ unnamed }) => unnamed.length > 0).length} not judged`,
  )
  return found
}

function cloudEra(scenario: string): string {
  if (scenario.endsWith('vxlan')) return 'centos-7'
  if (scenario.startsWith('flat')) return 'ubuntu-12.04'
  return scenario.startsWith('legacy') ? 'ubuntu-14.04' : 'ubuntu-18.04'
}

async function played(file: CaseFile, cases: CaseFile['cases'], from: { place: string; era: string }): Promise<Played> {
  const side = await NetlabSide.up(await loadScenario(from.place), { image: from.era, typed: file.typed })
  try {
    await side.until(5)
    return await play(file, cases, side, null)
  } finally {
    await side.down()
  }
}

process.exit(await main(process.argv.slice(3)))
