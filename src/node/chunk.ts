// What flows through pipes and files: text, or bytes where text would lose something.

export type Chunk = string | Uint8Array

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8')

export function toBytes(chunk: Chunk): Uint8Array {
  return typeof chunk === 'string' ? encoder.encode(chunk) : chunk
}

export function toText(chunk: Chunk): string {
  return typeof chunk === 'string' ? chunk : decoder.decode(chunk)
}

/** Size in bytes of UTF-8. */
export function byteLength(chunk: Chunk): number {
  if (typeof chunk !== 'string') return chunk.length
  let size = chunk.length
  for (let i = 0; i < chunk.length; i++) {
    const code = chunk.charCodeAt(i)
    if (code < 0x80) continue
    if (code < 0x800) size += 1
    else if (code >= 0xd800 && code < 0xdc00) {
      size += 2
      i++
    } else size += 2
  }
  return size
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  let size = 0
  for (const part of parts) size += part.length
  const all = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Text when all parts are text, bytes otherwise. */
export function joinChunks(parts: readonly Chunk[]): Chunk {
  if (parts.length === 1) return parts[0]!
  if (parts.every((part) => typeof part === 'string')) return parts.join('')
  return joinBytes(parts.map(toBytes))
}
