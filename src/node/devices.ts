// The character devices of /dev.

import { KernelError } from '../kernel/errno.js'
import type { Random } from '../sim/random.js'
import type { FileTree } from './files.js'
import { Device, type FileContext } from './inode.js'
import { type InputSource, nullOutput, type OutputStream, TextSource } from './stream.js'

const BLOCK = 4096

/** Endless bytes; readers take one block at a time. */
class EndlessSource implements InputSource {
  readonly isTty = false
  constructor(private readonly block: () => Uint8Array) {}
  takeLine(): { text: string; ended: boolean } {
    return { text: new TextDecoder().decode(this.block()), ended: false }
  }
  takeChunk(): Uint8Array {
    return this.block()
  }
  onReadable(listener: () => void): () => void {
    listener()
    return () => {}
  }
}

const fullOutput: OutputStream = {
  isTty: false,
  write() {
    throw new KernelError('ENOSPC')
  },
  async drained() {},
}

export function makeDevices(files: FileTree, random: Random): void {
  const empty = (): InputSource => new TextSource('')
  const discard = (): OutputStream => nullOutput
  const zero = (): InputSource => new EndlessSource(() => new Uint8Array(BLOCK))
  const chance = (): InputSource => new EndlessSource(() => randomBlock(random))
  files.addNew('/dev/null', new Device(1, 3, empty, discard))
  files.addNew('/dev/zero', new Device(1, 5, zero, discard))
  files.addNew('/dev/full', new Device(1, 7, zero, () => fullOutput))
  files.addNew('/dev/random', new Device(1, 8, chance, discard))
  files.addNew('/dev/urandom', new Device(1, 9, chance, discard))
  files.addNew(
    '/dev/tty',
    new Device(
      5,
      0,
      (context) => terminalOf(context),
      (context) => terminalOf(context),
    ),
  )
  files.mkdir('/dev/pts')
  files.mkdir('/dev/shm', { mode: 0o1777 })
  files.symlink('/proc/self/fd', '/dev/fd')
  files.symlink('/proc/self/fd/0', '/dev/stdin')
  files.symlink('/proc/self/fd/1', '/dev/stdout')
  files.symlink('/proc/self/fd/2', '/dev/stderr')
}

function terminalOf(context: FileContext): InputSource & OutputStream {
  const tty = context.process?.tty ?? null
  if (tty === null) throw new KernelError('ENXIO')
  return tty
}

function randomBlock(random: Random): Uint8Array {
  const block = new Uint8Array(BLOCK)
  for (let i = 0; i < BLOCK; i++) block[i] = random.below(256)
  return block
}
