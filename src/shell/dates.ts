// Dates as people write them for date -d and touch -d.

const DAY_US = 86_400 * 1e6
const UNITS: Readonly<Record<string, number>> = {
  sec: 1e6,
  second: 1e6,
  min: 60e6,
  minute: 60e6,
  hour: 3600e6,
  day: DAY_US,
  week: 7 * DAY_US,
  fortnight: 14 * DAY_US,
}
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Microseconds since 1970 UTC; null when it cannot be read. */
export function parseDate(text: string, nowUs: number): number | null {
  let rest = text.trim().toLowerCase()
  const seconds = /^@(-?\d+(?:\.\d+)?)$/.exec(rest)
  if (seconds !== null) return Math.round(Number(seconds[1]) * 1e6)
  let at = nowUs
  const midnight = (us: number): number => Math.floor(us / DAY_US) * DAY_US
  const take = (regex: RegExp): RegExpExecArray | null => {
    const match = regex.exec(rest)
    if (match !== null) rest = `${rest.slice(0, match.index)} ${rest.slice(match.index + match[0].length)}`.trim()
    return match
  }
  const iso = take(/\b(\d{4})-(\d\d?)-(\d\d?)(?:t(?=\d))?/)
  if (iso !== null) at = Date.UTC(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3])) * 1000
  const named = take(/\b(?:(\d\d?) )?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? ?(?:(\d\d?)(?!\d|:))?(?:,? (\d{4}))?/)
  if (named !== null) {
    const year = named[4] === undefined ? (take(/\b(\d{4})\b(?!:)/)?.[1] ?? new Date(nowUs / 1000).getUTCFullYear()) : named[4]
    at = Date.UTC(Number(year), MONTHS.indexOf(named[2]!), Number(named[1] ?? named[3] ?? 1)) * 1000
  }
  const clock = take(/\b(\d\d?):(\d\d)(?::(\d\d)(\.\d+)?)?(?:z| utc| gmt| ?\+0000)?/)
  if (clock !== null)
    at = midnight(at) + (Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0) + Number(clock[4] ?? 0)) * 1e6
  take(/\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?/)
  take(/\b(?:utc|gmt|z)\b/)
  for (const [word, days] of [
    ['now', 0],
    ['today', 0],
    ['tomorrow', 1],
    ['yesterday', -1],
  ] as const)
    if (take(new RegExp(`\\b${word}\\b`)) !== null) at += days * DAY_US
  for (
    let match = take(/([-+]?\d+|next|last|an?) *(second|sec|minute|min|hour|day|week|fortnight|month|year)s?( ago)?/);
    match !== null;
    match = take(/([-+]?\d+|next|last|an?) *(second|sec|minute|min|hour|day|week|fortnight|month|year)s?( ago)?/)
  ) {
    const count =
      (match[1] === 'next' || match[1]!.startsWith('a') ? 1 : match[1] === 'last' ? -1 : Number(match[1])) *
      (match[3] === undefined ? 1 : -1)
    at = shift(at, match[2]!, count)
  }
  return rest === '' || rest === '+' ? at : null
}

function shift(at: number, unit: string, count: number): number {
  const size = UNITS[unit]
  if (size !== undefined) return at + count * size
  const date = new Date(Math.floor(at / 1000))
  if (unit === 'month') date.setUTCMonth(date.getUTCMonth() + count)
  else date.setUTCFullYear(date.getUTCFullYear() + count)
  return date.getTime() * 1000
}
