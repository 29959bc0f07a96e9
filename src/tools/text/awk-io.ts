// Where awk reads and writes besides its main input: files, pipes from and to commands.

import { KernelError } from '../../kernel/errno.js'
import { inputFile, type OpenFile, outputFile } from '../../node/open-file.js'
import type { Process } from '../../node/process.js'
import { Pipe, type Reader } from '../../node/stream.js'
import { AwkError } from './awk-lex.js'

interface Sink {
  readonly file: OpenFile
  readonly child: Process | null
}

export class AwkIo {
  private readonly outputs = new Map<string, Sink>()
  private readonly inputs = new Map<string, { reader: Reader; file: OpenFile; child: Process | null }>()

  constructor(private readonly proc: Process) {}

  write(text: string): void {
    this.proc.out(text)
  }

  writeTo(operator: string, target: string, text: string): void {
    const key = target
    let sink = this.outputs.get(key)
    if (sink === undefined) {
      sink = this.openOutput(operator, target)
      this.outputs.set(key, sink)
    }
    sink.file.output?.write(text)
  }

  private openOutput(operator: string, target: string): Sink {
    if (operator === '|') {
      const pipe = new Pipe()
      const child = this.proc.spawn(['/bin/sh', '-c', target], { stdin: inputFile(pipe) })
      return { file: outputFile(pipe), child }
    }
    const special = target === '/dev/stdout' ? 1 : target === '/dev/stderr' ? 2 : null
    const own = special === null ? undefined : this.proc.fds.get(special)
    return { file: own?.dup() ?? this.openFile(target, operator === '>' ? 'write' : 'append'), child: null }
  }

  /** mawk's words; others have their own. */
  private openFile(path: string, how: 'write' | 'append'): OpenFile {
    try {
      return this.proc.files.open(path, how)
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      throw new AwkError(`cannot open "${path}" for output (${error.message})`)
    }
  }

  /** A line from a file or command; null at the end, undefined when it cannot be opened. */
  async readFrom(kind: 'file' | 'command', source: string): Promise<string | null | undefined> {
    let input = this.inputs.get(source)
    if (input === undefined) {
      try {
        input = this.openInput(kind, source)
      } catch (error) {
        if (error instanceof KernelError) return undefined
        throw error
      }
      this.inputs.set(source, input)
    }
    return input.reader.readLine()
  }

  private openInput(kind: 'file' | 'command', source: string): { reader: Reader; file: OpenFile; child: Process | null } {
    if (kind === 'file') {
      const file = source === '-' ? this.proc.fds.get(0)!.dup() : this.proc.files.open(source, 'read')
      return { reader: this.proc.reader(file), file, child: null }
    }
    const pipe = new Pipe()
    const child = this.proc.spawn(['/bin/sh', '-c', source], { stdout: outputFile(pipe) })
    const file = inputFile(pipe)
    return { reader: this.proc.reader(file), file, child }
  }

  async system(command: string): Promise<number> {
    await this.flush()
    return this.proc.waitFor(this.proc.spawn(['/bin/sh', '-c', command]))
  }

  async close(name: string): Promise<number> {
    const sink = this.outputs.get(name)
    const input = this.inputs.get(name)
    if (sink === undefined && input === undefined) return -1
    this.outputs.delete(name)
    this.inputs.delete(name)
    sink?.file.close()
    input?.file.close()
    const child = sink?.child ?? input?.child ?? null
    return child === null ? 0 : this.proc.waitFor(child)
  }

  async flush(): Promise<void> {
    await this.proc.drain()
  }

  async closeAll(): Promise<void> {
    for (const name of new Set([...this.outputs.keys(), ...this.inputs.keys()])) await this.close(name)
  }
}
