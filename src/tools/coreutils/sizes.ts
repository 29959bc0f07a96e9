// Sizes for people: 4.0K, 12M.

export function humanSize(bytes: number): string {
  if (bytes < 1024) return String(bytes)
  let value = bytes
  let unit = -1
  while (value >= 1024) {
    value /= 1024
    unit++
  }
  const text = value < 10 ? (Math.ceil(value * 10) / 10).toFixed(1) : String(Math.ceil(value))
  return text + 'KMGTPE'[unit]!
}
