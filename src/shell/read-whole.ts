// The whole of a file, also of one that is a descriptor or a pipe (`source /dev/stdin`, `bash <(...)`).

import type { Process } from '../node/process.js'

export async function readWhole(proc: Process, path: string): Promise<string> {
  const file = proc.files.open(path, 'read')
  try {
    return await proc.reader(file).readAll()
  } finally {
    file.close()
  }
}
