// Every way out of the real program, from every screen: the terminal is as it was, the exit code tells why.
import { spawnSync } from 'node:child_process'
import { RealProgram, type Start } from './real-program.js'

interface Case {
  readonly name: string
  readonly code: number | null
  readonly start?: Partial<Start>
  readonly run: (real: RealProgram) => Promise<void> | void
}

const SCREENS: readonly { readonly args: readonly string[]; readonly ready: RegExp }[] = [
  { args: [], ready: /Linux primitives/ },
  { args: ['lab', 'sandbox'], ready: /root@sandbox:~#/ },
  { args: ['lab', 'sandbox', '--mouse'], ready: /root@sandbox:~#/ },
  { args: ['learn', 'linux-primitives/veth'], ready: /root@sandbox:~#/ },
  { args: ['shell', 'sandbox'], ready: /root@sandbox:~#/ },
]

const F10 = '\x1b[21~'
const isPlain = ({ args }: { readonly args: readonly string[] }): boolean => args[0] === 'shell'

const WAYS: readonly Case[] = [
  { name: 'SIGTERM', code: 143, run: (real) => real.signal('SIGTERM') },
  { name: 'SIGHUP', code: 129, run: (real) => real.signal('SIGHUP') },
  { name: 'SIGQUIT', code: 131, run: (real) => real.signal('SIGQUIT') },
  { name: 'SIGINT', code: 130, run: (real) => real.signal('SIGINT') },
  { name: 'exception', code: 70, start: { env: { BREAK: 'exception' } }, run: (real) => real.signal('SIGUSR2') },
  { name: 'rejection', code: 70, start: { env: { BREAK: 'rejection' } }, run: (real) => real.signal('SIGUSR2') },
  { name: 'rejection of nothing', code: 70, start: { env: { BREAK: 'nothing' } }, run: (real) => real.signal('SIGUSR2') },
  { name: 'SIGTERM while something runs', code: 143, run: (real) => busy(real, () => real.signal('SIGTERM')) },
  { name: 'the usual end', code: 0, run: (real) => leave(real) },
  { name: 'resize storm', code: 0, run: (real) => storm(real) },
  { name: 'stopped and continued', code: 0, run: (real) => stopAndGoOn(real, 'SIGTSTP') },
  { name: 'stopped without warning', code: 0, run: (real) => stopAndGoOn(real, 'SIGSTOP') },
]

async function busy(real: RealProgram, then: () => void): Promise<void> {
  real.child.write('tcpdump -ni lo\r')
  await real.until(/listening on lo|Linux primitives/)
  then()
}

function leave(real: RealProgram): void {
  real.child.write(real.isPlain ? '\x04' : F10)
}

async function storm(real: RealProgram): Promise<void> {
  for (let i = 0; i < 60; i++) {
    real.resize(1 + ((i * 37) % 220), 1 + ((i * 13) % 70))
    await new Promise((resolve) => setTimeout(resolve, i % 7))
  }
  real.resize(100, 30)
  await real.until(/sandbox|Linux primitives/)
  leave(real)
}

async function stopAndGoOn(real: RealProgram, signal: NodeJS.Signals): Promise<void> {
  const before = real.text()
  real.signal(signal)
  await real.until(() => real.file('stopped') !== '')
  if (signal === 'SIGTSTP' && real.modesOf('stopped') !== real.modesOf('before'))
    throw new Error('stopped, and the modes are not those of before')
  const wrong = signal === 'SIGTSTP' ? await real.notRestored() : []
  if (wrong.length > 0) throw new Error(`stopped, and still there: ${wrong.join(', ')}`)
  real.child.write('\n')
  const clock = /\d\d:\d\d:\d\d|x1/g
  // A line is read raw again a moment after `fg`.
  if (real.isPlain) await new Promise((resolve) => setTimeout(resolve, 500))
  else await real.until(() => real.text().replace(clock, '') === before.replace(clock, ''))
  leave(real)
}

export async function everyExit(program: string): Promise<{ readonly cases: number; readonly wrong: readonly string[] }> {
  const wrong: string[] = []
  let cases = 0
  for (const screen of SCREENS) {
    for (const way of WAYS) {
      cases++
      const said = await oneExit(program, screen, way)
      for (const text of said) wrong.push(`netlab ${screen.args.join(' ')}, ${way.name}: ${text}`)
    }
  }
  for (const [columns, rows] of [
    [1, 1],
    [10, 3],
    [2, 50],
    [300, 2],
    [500, 200],
  ] as const) {
    cases++
    const screen = { args: ['lab', 'sandbox'], ready: /[\s\S]/ }
    const way = { name: `${columns}x${rows}`, code: 0, start: { columns, rows }, run: (real: RealProgram) => soon(() => leave(real)) }
    for (const text of await oneExit(program, screen, way)) wrong.push(`${columns}x${rows}: ${text}`)
  }
  for (const args of [
    ['lab', 'sandbox'],
    ['shell', 'sandbox'],
  ]) {
    for (const before of ['', 'nohup']) {
      cases++
      if (!(await endsWithItsTerminal(program, args, before)))
        wrong.push(`netlab ${args.join(' ')}: lives on without its terminal (${before})`)
    }
  }
  for (const text of pipes(program)) wrong.push(text)
  return { cases: cases + PIPES.length, wrong }
}

function soon(run: () => void): Promise<void> {
  return new Promise((resolve) =>
    setTimeout(() => {
      run()
      resolve()
    }, 1500),
  )
}

async function oneExit(program: string, screen: (typeof SCREENS)[number], way: Case): Promise<string[]> {
  const real = new RealProgram({ program, args: screen.args, ...way.start })
  real.isPlain = isPlain(screen)
  try {
    await real.until(screen.ready)
    await way.run(real)
    await real.until(() => real.file('after') !== '', 8)
    const wrong = (await real.notRestored()).map((what) => `left behind: ${what}`)
    if (real.modesOf('after') !== real.modesOf('before')) wrong.push(`other modes:\n${real.modesOf('before')}\n${real.modesOf('after')}`)
    if (way.code !== null && real.file('code').trim() !== `code-${way.code}`) wrong.push(`${real.file('code').trim()}, not ${way.code}`)
    return wrong
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  } finally {
    real.close()
  }
}

/** The window was closed: with `nohup` no signal tells. */
async function endsWithItsTerminal(program: string, args: readonly string[], before: string): Promise<boolean> {
  const real = new RealProgram({ program, args, before: before === '' ? '' : `trap "" HUP; ` })
  try {
    await real.until(/root@sandbox:~#/)
    const { pid } = real
    real.hangUp()
    for (let tries = 0; tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      try {
        process.kill(pid, 0)
      } catch {
        return true
      }
    }
    return false
  } finally {
    real.close()
  }
}

const PIPES: readonly { readonly line: string; readonly out: RegExp }[] = [
  { line: 'NL exec sandbox sandbox -- seq 1 200000 | head -1', out: /^1\n$/ },
  { line: 'yes "@sandbox seq 1 1000" | head -200 > s; NL run sandbox s | head -1', out: /^1\n$/ },
  { line: 'yes "seq 1 1000" | head -300 | NL shell sandbox | head -1', out: /^.*\n$/ },
  { line: 'NL exec sandbox sandbox -- "seq 1 200000 1>&2" 2>&1 | head -1', out: /^1\n$/ },
  { line: 'NL scenarios | head -1', out: /^.*\n$/ },
  { line: `yes '{"cmd":"seq 1 1000"}' | head -300 | NL shell sandbox sandbox --json | head -1`, out: /^\{.*\n$/ },
  { line: 'NL shell sandbox < /dev/null', out: /^$/ },
  { line: 'NL exec sandbox sandbox -- cat < /dev/null', out: /^$/ },
  { line: 'NL exec sandbox sandbox -- echo x >&-; echo $?', out: /^\d+\n$/ },
  { line: 'TERM=dumb NL lab sandbox; echo $?', out: /^2\n$/ },
]

function pipes(program: string): string[] {
  const wrong: string[] = []
  for (const { line, out } of PIPES) {
    const script = `NL() { "${process.execPath}" "${program}" "$@"; }; cd "$(mktemp -d)"; ${line}`
    const { stdout, stderr, error } = spawnSync('bash', ['-c', script], { encoding: 'utf8', timeout: 20_000 })
    if (error !== undefined) wrong.push(`${line}: ${error.message}`)
    else if (!out.test(stdout) || /Error|EPIPE|\n\s+at /.test(stderr))
      wrong.push(`${line}: ${JSON.stringify(stdout.slice(0, 200))} ${stderr.slice(0, 400)}`)
  }
  return wrong
}
