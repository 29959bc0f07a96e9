// Times in front of `ip -t monitor` lines.
import { formatIsoUtc } from '../../sim/calendar.js'

const DAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'] as const
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
const DAY_US = 86_400_000_000

/** `[2014-05-06T07:08:09.012345]` or, long, `Tue May  6 07:08:09 2014 012345 usec`. */
export function formatClock(clockUs: number, style: 'long' | 'short' | 'none'): string {
  const iso = /^(\d+)-(\d+)-(\d+)T(\d\d:\d\d:\d\d)/.exec(formatIsoUtc(clockUs))
  if (iso === null) return ''
  const [, year, month, day, time] = iso
  const usec = String(Math.floor(clockUs % 1_000_000)).padStart(6, '0')
  if (style === 'short') return `[${year}-${month}-${day}T${time}.${usec}]`
  const weekday = DAYS[Math.floor(clockUs / DAY_US) % 7]
  return `${weekday} ${MONTHS[Number(month) - 1]} ${String(Number(day)).padStart(2)} ${time} ${year} ${usec} usec`
}
