// `npm run oracle`: see run.mjs. Words: names of scenarios; -k TEXT: only cases with it; -v: what differs; --twice: the real side twice
// instead, against itself. Tools of other versions: eras.ts.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadScenario } from '../../src/scenario/library.js'
import { loadAllCommands } from '../../src/tools/lazy.js'
import { type Case, type CaseFile, readCaseFiles } from './case-file.js'
import { compare } from './compare.js'
import { deviationOf, readDeviations } from './deviations.js'
import { reasonToSkip } from './needs.js'
import { NetlabSide } from './netlab-side.js'
import { type Played, play } from './play.js'
import { RealSide } from './real-side.js'
import { differenceLines, equalShare, type Judged, markdown, toolTable } from './report.js'
import { sectionOf, withSection } from './version-entries.js'
import { machineVersions } from './versions.js'

const FOLDER = join(process.env['NETLAB_ROOT'] ?? process.cwd(), 'test/oracle')
/** The image whose tools the real machine has. */
const REAL_IMAGE = 'debian-12'
const LANES = 3
/** Until what new devices say by themselves (reports of IPv6 groups) is over. */
const QUIET_SECONDS = 5

interface Options {
  readonly scenarios: readonly string[]
  readonly text: string | null
  readonly verbose: boolean
  readonly twice: boolean
}

interface Job {
  readonly file: CaseFile
  readonly cases: readonly Case[]
}

async function main(words: readonly string[]): Promise<number> {
  const options = optionsOf(words)
  const skip = reasonToSkip()
  if (skip !== null) {
    console.log(`skipped: ${skip}`)
    return 0
  }
  // Read at once: a mistake in it is told before the work, not after.
  readDeviations(join(FOLDER, 'deviations.yaml'))
  const began = performance.now()
  const jobs = jobsOf(readCaseFiles(join(FOLDER, 'cases')), options)
  await loadAllCommands()
  const folder = mkdtempSync(join(tmpdir(), 'netlab-oracle-'))
  const judged: Judged[] = []
  try {
    await inLanes(jobs, async (job) => {
      const found = await judge(job, folder, options)
      judged.push(...found)
      tell(job, found, options)
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  finish(judged, options, (performance.now() - began) / 1000)
  return 0
}

function optionsOf(words: readonly string[]): Options {
  const k = words.indexOf('-k')
  const scenarios = words.filter((word, i) => !word.startsWith('-') && (k < 0 || i !== k + 1))
  return { scenarios, text: k < 0 ? null : (words[k + 1] ?? ''), verbose: words.includes('-v'), twice: words.includes('--twice') }
}

function jobsOf(files: readonly CaseFile[], { scenarios, text }: Options): Job[] {
  return files
    .filter(({ scenario }) => scenarios.length === 0 || scenarios.includes(scenario))
    .map((file) => ({ file, cases: file.cases.filter(({ key, cmd }) => text === null || key.includes(text) || cmd.includes(text)) }))
    .filter(({ cases }) => cases.length > 0)
}

/** Labs of one scenario have one name: one after the other. Different ones run side by side. */
async function inLanes(jobs: readonly Job[], work: (job: Job) => Promise<void>): Promise<void> {
  const waiting = new Map<string, Job[]>()
  for (const job of jobs) waiting.set(job.file.scenario, [...(waiting.get(job.file.scenario) ?? []), job])
  const queues = [...waiting.values()].sort((a, b) => b.length - a.length)
  const lane = async (): Promise<void> => {
    for (let queue = queues.shift(); queue !== undefined; queue = queues.shift()) for (const job of queue) await work(job)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

async function judge({ file, cases }: Job, folder: string, options: Options): Promise<Judged[]> {
  const place = scenarioPlace(file.scenario)
  const real = await playReal(file, cases, folder)
  const other = options.twice ? await playReal(file, cases, folder) : await playNetlab(file, cases, { place, starts: real.starts })
  for (const trouble of real.troubles) console.log(`  real: ${trouble}`)
  for (const trouble of other.troubles) console.log(`  netlab: ${trouble}`)
  const second = options.twice ? 'real' : 'netlab'
  return cases.map((of, i) => ({
    of,
    scenario: file.scenario,
    verdict: compare(real.outcomes[i]!, other.outcomes[i]!, place === file.scenario, second),
  }))
}

async function playReal(file: CaseFile, cases: readonly Case[], folder: string): Promise<Played> {
  const side = await RealSide.up(exported(scenarioPlace(file.scenario), file.typed, folder), { folder, name: file.scenario })
  try {
    await side.until(QUIET_SECONDS)
    return await play(file, cases, side, null)
  } finally {
    await side.down()
  }
}

async function playNetlab(file: CaseFile, cases: readonly Case[], from: { place: string; starts: readonly number[] }): Promise<Played> {
  const side = await NetlabSide.up(await loadScenario(from.place), { image: REAL_IMAGE, typed: file.typed })
  try {
    return await play(file, cases, side, from.starts)
  } finally {
    await side.down()
  }
}

/** The scenario's own file here, else the one that netlab brings. */
function scenarioPlace(name: string): string {
  const own = join(FOLDER, 'scenarios', `${name}.yaml`)
  return existsSync(own) ? own : name
}

const scripts = new Map<string, string>()

/** What `netlab export` writes; NETLAB_EXPORT names another program that writes such a script. */
function exported(place: string, typed: readonly string[], folder: string): string {
  const key = [place, ...typed].join('\n')
  const known = scripts.get(key)
  if (known !== undefined) return known
  const run = join(folder, 'typed')
  writeFileSync(run, typed.map((line) => `${line}\n`).join(''))
  const words = ['export', place, '--format', 'sh', '--image', REAL_IMAGE, ...(typed.length === 0 ? [] : ['--run', run])]
  const other = process.env['NETLAB_EXPORT']
  const argv = other === undefined ? [process.execPath, process.env['NETLAB_BUNDLE'] ?? 'dist/netlab.js', ...words] : [other, place]
  const { stdout, stderr, status } = spawnSync(argv[0]!, argv.slice(1), { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(`export of ${place} ended with ${status}: ${stderr}`)
  scripts.set(key, stdout)
  return stdout
}

function tell({ file }: Job, judged: readonly Judged[], { verbose }: Options): void {
  const { cases, equal, share } = equalShare(judged)
  console.log(`${file.name} (${file.scenario}): ${equal} of ${cases} equal (${share})`)
  if (!verbose) return
  for (const { of, verdict } of judged) {
    if (verdict.differences.length === 0) continue
    console.log(`  ${of.key}   @${of.node} ${of.cmd}`)
    console.log(verdict.differences.flatMap(differenceLines).join('\n'))
  }
}

function finish(judged: readonly Judged[], options: Options, seconds: number): void {
  const deviations = readDeviations(join(FOLDER, 'deviations.yaml'))
  const unknown = judged.filter(({ of, verdict }) => verdict.differences.length > 0 && deviationOf(of.key, deviations) === null)
  console.log(`\n${toolTable(judged).join('\n')}\n`)
  const { cases, equal, share } = equalShare(judged)
  console.log(
    `${equal} of ${cases} cases equal (${share} of 100) in ${Math.round(seconds)} s; ${unknown.length} of the others not yet judged`,
  )
  for (const { case: key } of deviations) {
    const of = judged.filter((each) => deviationOf(each.of.key, [{ case: key, class: 'random', reason: '' }]) !== null)
    const isOver = of.length > 0 && of.every(({ verdict }) => verdict.differences.length === 0)
    if (isOver) console.log(`equal now, to be taken out of deviations.yaml: ${key}`)
  }
  if (options.text !== null || options.scenarios.length > 0 || options.twice) return
  const date = new Date().toISOString().slice(0, 10)
  const order = [...judged].sort((a, b) => (a.of.key < b.of.key ? -1 : 1))
  const path = join(FOLDER, 'RESULTS.md')
  const report = markdown({ judged: order, deviations, versions: machineVersions(), date, seconds })
  // `npm run oracle -- versions` wrote that part.
  writeFileSync(path, withSection(report, sectionOf(readFileSync(path, 'utf8'))))
}

process.exit(await main(process.argv.slice(2)))
