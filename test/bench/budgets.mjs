// `npm run budgets`: sizes of the package and what starting costs, against the budgets; exits 1 when one is broken. `sizes` looks at the
// package alone (no clock: for continuous integration). Times are ratios to an empty Node in the same run, with half as much again for a
// noisy machine. Needs a built dist/.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const SLACK = 1.5
const MB = 1e6
let broken = 0

function check(what, value, most, unit) {
  const isMet = value <= most
  if (!isMet) broken++
  console.log(`${isMet ? 'ok    ' : 'BROKEN'}  ${what.padEnd(58)} ${value.toFixed(2).padStart(8)} ${unit}, at most ${most} ${unit}`)
}

function sizes() {
  const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
  const answer = JSON.parse(packed.stdout)
  const { size, unpackedSize } = Array.isArray(answer) ? answer[0] : Object.values(answer)[0]
  check('package, packed', size / MB, 1.5, 'MB')
  check('package, unpacked', unpackedSize / MB, 5, 'MB')
  const { outputs } = JSON.parse(readFileSync(join(root, 'dist/meta.json'), 'utf8'))
  const screen = chunksOf(outputs, 'src/tui/view/mount.tsx')
  const command = chunksOf(outputs, 'src/cli/commands/exec.ts')
  const own = [...screen].filter((path) => !command.has(path))
  check('chunks of the screen that no command loads', own.reduce((sum, path) => sum + outputs[path].bytes, 0) / 1000, 600, 'kB')
}

/** What is loaded at once with the chunk that `entry` begins. */
function chunksOf(outputs, entry) {
  const seen = new Set()
  const visit = (path) => {
    if (seen.has(path) || outputs[path] === undefined) return
    seen.add(path)
    for (const { path: next, kind } of outputs[path].imports) if (kind === 'import-statement') visit(next)
  }
  const first = Object.keys(outputs).find((path) => outputs[path].entryPoint === entry)
  if (first === undefined) throw new Error(`no chunk begins with ${entry}`)
  visit(first)
  return seen
}

function starts() {
  const home = mkdtempSync(join(tmpdir(), 'netlab-budgets-'))
  const program = join(root, 'dist/netlab.js')
  const subjects = {
    node: ['-e', '0'],
    version: [program, '--version'],
    exec: [program, 'exec', 'sandbox', 'sandbox', '--', 'ip', 'addr'],
    cloud: [program, 'exec', 'flat-dhcp', 'controller-1', '--', 'brctl', 'show'],
  }
  const times = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]))
  for (let round = -2; round < 9; round++) {
    for (const [name, args] of Object.entries(subjects)) {
      const ms = processorMs(args, home)
      if (round >= 0) times[name].push(ms)
    }
  }
  rmSync(home, { recursive: true, force: true })
  const over = (name) => median(times[name].map((ms, i) => ms / times.node[i]))
  check('netlab --version, processor time over node -e 0', over('version'), 1.7 * SLACK, 'times')
  check('netlab exec on the sandbox', over('exec'), 2 * SLACK, 'times')
  check('netlab exec in the FlatDHCP cloud', over('cloud'), 4 * SLACK, 'times')
}

/** Processor time of a whole process: what others do on the machine counts less than by the wall. */
function processorMs(args, home) {
  const env = { ...process.env, NLAB_HOME: home, XDG_CACHE_HOME: home }
  const { status, stdout } = spawnSync(
    'bash',
    ['-c', `TIMEFORMAT='%3U %3S'; { time "$@" > /dev/null 2>&1 || echo failed; } 2>&1`, 'bash', process.execPath, ...args],
    {
      encoding: 'utf8',
      env,
    },
  )
  const [user, system] = stdout.trim().split(' ').map(Number)
  if (status !== 0 || stdout.includes('failed') || Number.isNaN(user + system)) throw new Error(`${args.join(' ')}: ${stdout}`)
  return (user + system) * 1000
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1]
}

sizes()
if (process.argv[2] !== 'sizes') starts()
if (broken > 0) process.exit(1)
