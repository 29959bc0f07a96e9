// Dates as date(1), printf %(...)T and ls print them; the lab's clock is UTC.

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']

/** `clockUs`: microseconds since 1970. Flags of GNU date (`%-d`, `%_H`, `%^a`) are known. */
export function strftime(format: string, clockUs: number): string {
  const date = new Date(Math.floor(clockUs / 1000))
  return format.replace(/%([-_0^#]?)(:{0,3}[a-zA-Z%+])/g, (whole, flag: string, code: string) => {
    const value = field(date, clockUs, code)
    return value === null ? whole : flagged(value, flag)
  })
}

function flagged(value: string, flag: string): string {
  if (flag === '-') return value.replace(/^[0 ]+(?=.)/, '')
  if (flag === '_') return value.replace(/^0+(?=.)/, (zeros) => ' '.repeat(zeros.length))
  if (flag === '0') return value.replace(/^ +/, (blanks) => '0'.repeat(blanks.length))
  return flag === '^' || flag === '#' ? value.toUpperCase() : value
}

function field(date: Date, clockUs: number, code: string): string | null {
  const two = (n: number): string => String(n).padStart(2, '0')
  const blank = (n: number): string => String(n).padStart(2, ' ')
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  const [hour, minute, second, weekday] = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), date.getUTCDay()]
  switch (code) {
    case 'Y':
      return String(year)
    case 'y':
      return two(year % 100)
    case 'C':
      return two(Math.floor(year / 100))
    case 'm':
      return two(month + 1)
    case 'd':
      return two(day)
    case 'e':
      return blank(day)
    case 'H':
      return two(hour)
    case 'k':
      return blank(hour)
    case 'I':
      return two(hour % 12 || 12)
    case 'l':
      return blank(hour % 12 || 12)
    case 'M':
      return two(minute)
    case 'S':
      return two(second)
    case 'p':
      return hour < 12 ? 'AM' : 'PM'
    case 'P':
      return hour < 12 ? 'am' : 'pm'
    case 'a':
      return DAYS[weekday]!.slice(0, 3)
    case 'A':
      return DAYS[weekday]!
    case 'b':
    case 'h':
      return MONTHS[month]!.slice(0, 3)
    case 'B':
      return MONTHS[month]!
    case 'j':
      return String(dayOfYear(date) + 1).padStart(3, '0')
    case 'u':
      return String(weekday || 7)
    case 'w':
      return String(weekday)
    case 'U':
      return two(Math.floor((dayOfYear(date) + 7 - weekday) / 7))
    case 'W':
      return two(Math.floor((dayOfYear(date) + 7 - ((weekday + 6) % 7)) / 7))
    case 'V':
      return two(isoWeek(date))
    case 'G':
      return String(isoYear(date))
    case 's':
      return String(Math.floor(clockUs / 1e6))
    case 'N':
      return String(Math.floor(clockUs % 1e6) * 1000).padStart(9, '0')
    case 'n':
      return '\n'
    case 't':
      return '\t'
    case '%':
      return '%'
    case 'Z':
      return 'UTC'
    case 'z':
      return '+0000'
    case ':z':
      return '+00:00'
    case 'D':
    case 'x':
      return `${two(month + 1)}/${two(day)}/${two(year % 100)}`
    case 'F':
      return `${year}-${two(month + 1)}-${two(day)}`
    case 'T':
    case 'X':
      return `${two(hour)}:${two(minute)}:${two(second)}`
    case 'R':
      return `${two(hour)}:${two(minute)}`
    case 'r':
      return `${two(hour % 12 || 12)}:${two(minute)}:${two(second)} ${hour < 12 ? 'AM' : 'PM'}`
    case 'c':
      return `${DAYS[weekday]!.slice(0, 3)} ${MONTHS[month]!.slice(0, 3)} ${blank(day)} ${two(hour)}:${two(minute)}:${two(second)} ${year}`
    default:
      return null
  }
}

function dayOfYear(date: Date): number {
  return Math.floor(
    (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000,
  )
}

function thursday(date: Date): Date {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 4 - (date.getUTCDay() || 7)))
}

function isoYear(date: Date): number {
  return thursday(date).getUTCFullYear()
}

function isoWeek(date: Date): number {
  return Math.floor(dayOfYear(thursday(date)) / 7) + 1
}
