// Looks at a machine through its own showing commands without leaving a trace: no journal, no event, no process number, no time.
import type { NetNamespace } from '../kernel/netns.js'
import { toText } from '../node/chunk.js'
import { loading } from '../node/loading.js'
import type { Machine } from '../node/machine.js'
import { emptyInput, outputFile } from '../node/open-file.js'
import { Process } from '../node/process.js'
import { ProcessExit, ProcessKilled } from '../node/process-end.js'
import type { OutputStream } from '../node/stream.js'
import { loginEnvironment } from '../shell/bash.js'
import type { RunResult } from './result.js'
import { sessionEnvironment } from './seat.js'

/** A command that shows needs no event of the lab; one that waits for time is not for looking. */
const MAX_TURNS = 200

class Collected implements OutputStream {
  readonly isTty = false
  text = ''
  write(chunk: Parameters<OutputStream['write']>[0]): void {
    this.text += toText(chunk)
  }
  async drained(): Promise<void> {}
}

/** Looking takes no time. */
class Onlooker extends Process {
  override compute(): Promise<void> {
    return Promise.resolve()
  }
}

export async function inspect(machine: Machine, netns: NetNamespace | null, argv: readonly string[]): Promise<RunResult> {
  const command = machine.commands.get(argv[0] ?? '')
  if (command === undefined) return { stdout: '', stderr: `${argv[0]}: command not found\n`, exitCode: 127 }
  const [stdout, stderr] = [new Collected(), new Collected()]
  const fds = new Map([
    [0, emptyInput()],
    [1, outputFile(stdout)],
    [2, outputFile(stderr)],
  ])
  const env = new Map([...loginEnvironment(machine, 'root'), ...sessionEnvironment(machine)])
  const proc = machine.withoutPid(
    () => new Onlooker(machine, null, [...argv], { fds, env, cwd: '/', uid: 0, ...(netns === null ? {} : { netns }) }),
  )
  let exitCode: number | null = null
  void Promise.resolve()
    .then(() => command.run(proc))
    .catch((error: unknown) => {
      if (error instanceof ProcessExit) return error.code
      if (error instanceof ProcessKilled) return 124
      throw error
    })
    .then((code) => {
      exitCode = code
    })
  for (let turn = 0; exitCode === null && turn < MAX_TURNS; turn++) {
    await loading.settled()
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  const code = exitCode ?? 124
  proc.end(code, null)
  return { stdout: stdout.text, stderr: stderr.text, exitCode: code }
}
