// `npm run oracle -- export [SCENARIO...]`: every scenario but the sandbox as `netlab export` writes it. It comes up, packets pass with the TTLs
// that the documents show, it goes down, and the machine is as it was: namespaces, devices, mounts, processes.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hostNow, leftBehind, livingIn, stillAlive } from './export-host.js'
import { type Fetch, type Ping, PROOFS, type Proof } from './export-proofs.js'
import { reasonToSkip } from './needs.js'

const PATIENCE_MS = 15_000

interface Told {
  readonly exitCode: number
  readonly text: string
  readonly seconds: number
}

async function main(words: readonly string[]): Promise<number> {
  const skip = reasonToSkip()
  if (skip !== null) {
    console.log(`skipped: ${skip}`)
    return 0
  }
  const wanted = PROOFS.filter(({ scenario }) => words.length === 0 || words.includes(scenario))
  const folder = mkdtempSync(join(tmpdir(), 'netlab-export-'))
  // A lab of the same name that somebody has up is another one.
  process.env['XDG_RUNTIME_DIR'] = folder
  let failures = 0
  try {
    for (const proof of wanted) failures += (await prove(proof, folder)).length
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  console.log(failures === 0 ? `all ${wanted.length} came up, answered and left nothing behind` : `${failures} failures`)
  return failures === 0 ? 0 : 1
}

/** What went wrong, each told as it is found. */
async function prove(proof: Proof, folder: string): Promise<string[]> {
  const failures: string[] = []
  const fail = (text: string): void => {
    failures.push(text)
    console.log(`${proof.scenario}: FAILED ${text}`)
  }
  const script = exported(proof, folder)
  const before = hostNow()
  const up = ran(script, ['up'])
  if (up.exitCode !== 0) fail(`up ended with ${up.exitCode}: ${up.text}`)
  if (up.exitCode === 0) {
    for (const ping of proof.pings) for (const text of pinged(script, ping)) fail(text)
    for (const fetch of proof.fetches ?? []) for (const text of fetched(script, fetch)) fail(text)
    for (const line of ran(script, ['log'])
      .text.split('\n')
      .filter((text) => text !== '' && text !== 'everything ended as in the lab'))
      fail(`ended otherwise than in the lab: ${line}`)
    if (!ran(script, ['up']).text.includes('is up already')) fail('a second up does not say that it is up')
  }
  const processes = livingIn(script)
  if (up.exitCode === 0 && processes.size === 0) fail('no processes are seen in its nodes')
  const down = ran(script, ['down'])
  if (down.exitCode !== 0) fail(`down ended with ${down.exitCode}: ${down.text}`)
  if (!ran(script, ['status']).text.includes('not up')) fail('status still says that it is up')
  for (const text of await left(before, processes)) fail(text)
  console.log(
    `${proof.scenario}: up in ${up.seconds.toFixed(1)} s, ${proof.pings.length} pings, down in ${down.seconds.toFixed(1)} s${failures.length === 0 ? '' : `, ${failures.length} failures`}`,
  )
  return failures
}

function exported({ scenario, typed }: Proof, folder: string): string {
  const file = join(folder, `${scenario}.sh`)
  const run = join(folder, `${scenario}.typed`)
  writeFileSync(run, `${typed.join('\n')}\n`)
  const words = ['export', scenario, '-o', file, ...(typed.length === 0 ? [] : ['--run', run])]
  const written = ran(process.execPath, [process.env['NETLAB_BUNDLE'] ?? 'dist/netlab.js', ...words])
  if (written.exitCode !== 0) throw new Error(`${scenario}: export ended with ${written.exitCode}: ${written.text}`)
  return file
}

function pinged(script: string, { from, to, ttl }: Ping): string[] {
  const { text } = ran(script, ['exec', from, 'ping', '-c', '3', '-i', '0.2', '-W', '2', to])
  const ttls = [...text.matchAll(/\bttl=(\d+)/g)].map((match) => Number(match[1]))
  const name = `${from} -> ${to}`
  if (ttl === null) return ttls.length === 0 ? [] : [`${name}: answered, nothing should pass`]
  if (ttls.length !== 3) return [`${name}: ${ttls.length} of 3 answered: ${text}`]
  return ttls.every((each) => each === ttl) ? [] : [`${name}: ttl ${ttls.join(', ')}, not ${ttl}`]
}

function fetched(script: string, { from, url, answer }: Fetch): string[] {
  const { text } = ran(script, ['exec', from, 'curl', '-s', '-m', '5', url])
  return text === answer.trim() ? [] : [`${from}: ${url} answered ${JSON.stringify(text)}, not ${JSON.stringify(answer.trim())}`]
}

/** The kernel takes namespaces away a moment after their last process; other labs of the machine come and go meanwhile. */
async function left(before: ReturnType<typeof hostNow>, processes: ReadonlySet<string>): Promise<string[]> {
  const untilMs = performance.now() + PATIENCE_MS
  for (;;) {
    const texts = [...leftBehind(before, hostNow()), ...stillAlive(processes)]
    if (texts.length === 0 || performance.now() > untilMs) return texts
    await sleep(250)
  }
}

function ran(program: string, words: readonly string[]): Told {
  const began = performance.now()
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 })
  return { exitCode: status ?? 137, text: `${stdout}${stderr}`.trim(), seconds: (performance.now() - began) / 1000 }
}

process.exitCode = await main(process.argv.slice(3))
