// What a new process may be given.

import type { NetNamespace } from '../kernel/netns.js'
import type { OpenFile } from './open-file.js'
import type { InputSource, OutputStream } from './stream.js'
import type { Terminal } from './terminal.js'

export interface SpawnOptions {
  stdin?: InputSource | OpenFile
  stdout?: OutputStream | OpenFile
  stderr?: OutputStream | OpenFile
  /** The whole descriptor table, taken over by the child; wins over the three above. */
  fds?: Map<number, OpenFile>
  env?: Map<string, string>
  cwd?: string
  netns?: NetNamespace
  netnsName?: string | null
  uid?: number
  gid?: number
  tty?: Terminal | null
  /** A process group to join; 'new' makes the child its leader. */
  group?: number | 'new'
  session?: 'new'
  /** The file to run when argv[0] is only a title (`-bash`). */
  program?: string
  /** Signals INT and QUIT ignored and input empty, as a shell without job control does it. */
  background?: boolean
}
