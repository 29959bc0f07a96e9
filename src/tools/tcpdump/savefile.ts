// Capture files being read: from the file tree at once, from standard input as they come.
import { KernelError } from '../../kernel/errno.js'
import { toBytes } from '../../node/chunk.js'
import type { Process } from '../../node/process.js'
import { type CapturedPacket, isPcapng, PcapReader, readPcap } from '../../wire/pcap.js'

export interface SavefileReader {
  readonly header: { readonly linkType: number; readonly snapLength: number }
  /** Why the packets ended before the file did, in libpcap's words. */
  readonly error: string | null
  next(): Promise<CapturedPacket | null>
}

/** A text is the complaint. */
export async function openSavefile(proc: Process, path: string): Promise<SavefileReader | string> {
  if (path === '-') return openStream(proc)
  try {
    return openBytes(proc.files.readBytes(path))
  } catch (error) {
    if (error instanceof KernelError) return `${path}: ${error.message}`
    throw error
  }
}

function openBytes(bytes: Uint8Array): SavefileReader | string {
  const file = readPcap(bytes)
  if (typeof file === 'string') return file
  let at = 0
  return { header: file, error: file.error, next: async () => file.packets[at++] ?? null }
}

async function openStream(proc: Process): Promise<SavefileReader | string> {
  const reader = new PcapReader()
  const input = proc.stdin
  const more = async (): Promise<boolean> => {
    const chunk = await input.readChunk()
    if (chunk === null) reader.end()
    else reader.push(toBytes(chunk))
    return chunk !== null
  }
  const first = await input.readChunk()
  if (first !== null && isPcapng(toBytes(first))) {
    const rest = await input.readAllBytes()
    const all = new Uint8Array(first.length + rest.length)
    all.set(toBytes(first))
    all.set(rest, first.length)
    return openBytes(all)
  }
  if (first === null) reader.end()
  else reader.push(toBytes(first))
  while (reader.header === null && reader.error === null) await more()
  const { header } = reader
  if (header === null) return reader.error!
  return {
    header,
    get error() {
      return reader.error
    },
    async next() {
      for (;;) {
        const packet = reader.next()
        if (packet !== null || reader.error !== null) return packet
        if (!(await more())) return reader.next()
      }
    },
  }
}
