// Durations as sleep and timeout take them: a number with an optional s, m, h or d.

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

/** Microseconds; Infinity for `infinity`; null when it is none. */
export function parseInterval(text: string): number | null {
  if (/^\+?inf(inity)?$/i.test(text)) return Number.POSITIVE_INFINITY
  const match = /^\+?((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([smhd]?)$/i.exec(text)
  if (match === null || match[2] !== match[2]!.toLowerCase()) return null
  return Math.round(Number(match[1]) * UNITS[match[2]!]! * 1e6)
}
