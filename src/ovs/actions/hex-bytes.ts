// Bytes as `01.02.ff`.

/** Pairs of hexadecimal digits, dots and spaces between them; null when something else is there. */
export function parseHex(text: string): Uint8Array | null {
  const bytes: number[] = []
  let rest = text.replace(/^[ \t\r\n.]+/, '')
  while (rest !== '') {
    const pair = /^[0-9a-fA-F]{2}/.exec(rest)
    if (pair === null) return null
    bytes.push(Number.parseInt(pair[0], 16))
    rest = rest.slice(2).replace(/^[ \t\r\n.]+/, '')
  }
  return Uint8Array.from(bytes)
}

export function formatHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('.')
}
