// Programs as the lab hands them to its machines: the same, but their starts and ends are told to who listens.
import { byteLength, type Chunk, toText } from '../node/chunk.js'
import type { Command } from '../node/command.js'
import { OpenFile } from '../node/open-file.js'
import type { Process } from '../node/process.js'
import type { OutputStream, WaitFor } from '../node/stream.js'
import type { CommandFinished, CommandStarted, LabEvent } from './lab-event.js'

const MAX_STDOUT = 64 * 1024

export interface CommandAudience {
  isListening(): boolean
  emit(event: LabEvent): void
  /** The lab's shell that this process descends from. */
  shellOf(proc: Process): { shell: number | null } | null
}

/** Programs with another one in them: what they print is told by the inner one. */
const WRAPPERS = new Set(['bash', 'sh', 'dash', 'sudo', 'su', 'ssh', 'lab'])

export function watchedCommands(commands: Iterable<Command>, audience: CommandAudience): Map<string, Command> {
  const map = new Map<string, Command>()
  for (const command of commands) map.set(command.name, watched(command, audience))
  return map
}

function watched(command: Command, audience: CommandAudience): Command {
  return {
    name: command.name,
    path: command.path,
    run: (proc) => (audience.isListening() ? runWatched(command, proc, audience) : command.run(proc)),
    ...(command.complete === undefined ? {} : { complete: (context) => command.complete!(context) }),
    ...(command.changes === undefined ? {} : { changes: command.changes }),
    ...(command.usage === undefined ? {} : { usage: command.usage }),
  }
}

async function runWatched(command: Command, proc: Process, audience: CommandAudience): Promise<number> {
  const from = audience.shellOf(proc)
  const started: CommandStarted = {
    type: 'command-started',
    atUs: proc.nowUs,
    node: proc.machine.name,
    netns: proc.netns,
    netnsName: proc.netnsName,
    pid: proc.pid,
    argv: [...proc.argv],
    origin: from === null ? 'machine' : 'learner',
    shell: from?.shell ?? null,
  }
  audience.emit(started)
  const copy = from === null || WRAPPERS.has(command.name) ? null : copyStdout(proc)
  const finish = (exitCode: number): void => {
    const finished: CommandFinished = { ...started, type: 'command-finished', atUs: proc.nowUs, exitCode, stdout: copy?.text ?? '' }
    audience.emit(finished)
  }
  // A signal or an exit from the middle throws past here; the process's own end tells the code then.
  const stop = proc.onExit(finish)
  const code = await command.run(proc)
  stop()
  finish(code)
  return code
}

/** From here on what the process writes to descriptor 1 is kept as well. */
function copyStdout(proc: Process): { readonly text: string } | null {
  const file = proc.fds.get(1)
  if (file === undefined || file.output === null) return null
  const copy = new CopiedOutput(file.output)
  proc.fds.set(1, new OpenFile(file.source, copy, () => file.close(), file.label))
  return copy
}

class CopiedOutput implements OutputStream {
  private readonly parts: string[] = []
  private size = 0

  constructor(private readonly target: OutputStream) {}

  get isTty(): boolean {
    return this.target.isTty
  }

  get text(): string {
    return this.parts.join('')
  }

  write(chunk: Chunk): void {
    if (this.size < MAX_STDOUT) {
      this.parts.push(toText(chunk))
      this.size += byteLength(chunk)
    }
    this.target.write(chunk)
  }

  drained(wait?: WaitFor): Promise<void> {
    return this.target.drained(wait)
  }
}
