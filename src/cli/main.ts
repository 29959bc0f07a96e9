// The program's first lines: answers what needs no library at once, and loads the rest.
import { EXIT } from './exit-code.js'
import { version } from './version.js'

const SHORT_HELP = `netlab needs a terminal for its screen. Without one:

  netlab shell SCENARIO [NODE]        a plain shell, line by line
  netlab run SCENARIO FILE|-          a script, one "@NODE COMMAND" a line
  netlab exec SCENARIO NODE -- CMD    one command
  netlab scenarios, netlab lessons    what there is
  netlab --help                       everything else
`

async function main(args: readonly string[]): Promise<number> {
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    process.stdout.write(`${version()}\n`)
    return EXIT.done
  }
  if (args.length === 0 && !(process.stdin.isTTY && process.stdout.isTTY)) {
    process.stderr.write(SHORT_HELP)
    return EXIT.usage
  }
  // The screen's first frame does not wait for the reader of arguments.
  if (args.length === 0) return (await import('./commands/screen.js')).home({})
  const quick = plainExec(args)
  if (quick !== null) return quick()
  const { runProgram } = await import('./program.js')
  return runProgram(args)
}

/** `exec SCENARIO NODE -- WORDS...` without options is run at once: what reads options takes a tenth of the time. */
function plainExec(args: readonly string[]): (() => Promise<number>) | null {
  const [name, scenario, node, dashes, ...words] = args
  if (name !== 'exec' || dashes !== '--' || words.length === 0 || scenario!.startsWith('-') || node!.startsWith('-')) return null
  return async () => {
    const [{ exec }, { reportError }] = await Promise.all([import('./commands/exec.js'), import('./streams.js')])
    try {
      return await exec(scenario!, { node: node!, words }, {})
    } catch (error) {
      return reportError(error, false)
    }
  }
}

/** Waits until what was written has gone out: process.exit would cut a pipe short. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve()
    else stream.write('', () => resolve())
  })
}

// A reader that has gone (`netlab run ... | head -1`) is no error of ours, nor is a terminal that was closed. The screen has its own say.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (stream.listenerCount('error') <= 1) endUnwritten(error)
  })
}

function endUnwritten(error: NodeJS.ErrnoException): never {
  if (error.code === 'EPIPE' || error.code === 'EIO') process.exit(141)
  process.stderr.write(`netlab: cannot write the output: ${error.code === 'ENOSPC' ? 'no space left' : error.message}\n`)
  process.exit(EXIT.failed)
}

async function start(): Promise<never> {
  const code = await main(process.argv.slice(2))
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  // A file tells its error later than this.
  if (process.stdout.errored) endUnwritten(process.stdout.errored)
  process.exit(code)
}

void start()
