// What a VM runs when it is switched on: one process whose lines go to the machine's console.
import { toText } from '../chunk.js'
import type { Machine } from '../machine.js'
import { inputFile, outputFile } from '../open-file.js'
import type { Process } from '../process.js'
import type { OutputStream } from '../stream.js'
import { TextSource } from '../stream.js'

export function startGuestBoot(machine: Machine, argv: readonly string[], run: (proc: Process) => Promise<number>): Process {
  return machine.init.fork(run, {
    argv: [...argv],
    session: 'new',
    stdout: outputFile(new ConsoleOutput(machine)),
    stderr: outputFile(new ConsoleOutput(machine)),
    stdin: inputFile(new TextSource('')),
  })
}

class ConsoleOutput implements OutputStream {
  readonly isTty = false
  constructor(private readonly machine: Machine) {}
  write(chunk: string | Uint8Array): void {
    this.machine.writeConsole(toText(chunk))
  }
  async drained(): Promise<void> {}
}
