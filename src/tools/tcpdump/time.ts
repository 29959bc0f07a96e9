// Times of packets as -t, -tt, -ttt, -tttt and -ttttt print them; the lab's wall clock is UTC.

const DAY = 86400
const MAX_SECONDS = 0x80000000

/** Which way to print, from the number of -t. */
export type TimeStyle = 'time' | 'none' | 'unix' | 'delta' | 'date' | 'since-first'

export const TIME_STYLES: readonly TimeStyle[] = ['time', 'none', 'unix', 'delta', 'date', 'since-first']

/** Date and time of day of seconds since 1970, in UTC. */
export function civilTime(seconds: number): { date: string; time: string } {
  const days = Math.floor(seconds / DAY)
  const rest = seconds - days * DAY
  // Days to year, month and day by the 400-year cycle that begins on 1 March of year 0.
  const shifted = days + 719468
  const era = Math.floor(shifted / 146097)
  const dayOfEra = shifted - era * 146097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  const time = `${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`
  return { date: `${year}-${two(month)}-${two(day)}`, time }
}

/** Prints times one after another; the relative styles remember an earlier one. */
export class TimePrinter {
  private referenceUs: number | null = null

  constructor(
    readonly style: TimeStyle,
    /** Before 4.9 the relative styles had no sign column of their own. */
    readonly signed: boolean,
  ) {}

  /** With the blank behind it; '' for -t. */
  print(timeUs: number): string {
    switch (this.style) {
      case 'none':
        return ''
      case 'unix':
        return `${splitUs(timeUs).seconds}${fraction(timeUs)} `
      case 'time':
        return this.tooLate(timeUs) ?? `${civilTime(splitUs(timeUs).seconds).time}${fraction(timeUs)} `
      case 'date': {
        const late = this.tooLate(timeUs)
        if (late !== null) return late
        const { date, time } = civilTime(splitUs(timeUs).seconds)
        return `${date} ${time}${fraction(timeUs)} `
      }
      default:
        return this.relative(timeUs)
    }
  }

  private tooLate(timeUs: number): string | null {
    return timeUs / 1e6 >= MAX_SECONDS ? '[Error converting time] ' : null
  }

  private relative(timeUs: number): string {
    const reference = this.referenceUs ?? timeUs
    if (this.style === 'delta' || this.referenceUs === null) this.referenceUs = timeUs
    const sinceUs = Math.abs(timeUs - reference)
    const sign = timeUs < reference ? '-' : this.signed ? ' ' : ''
    return `${sign}${civilTime(splitUs(sinceUs).seconds).time}${fraction(sinceUs)} `
  }
}

function splitUs(timeUs: number): { seconds: number; micros: number } {
  const seconds = Math.floor(timeUs / 1e6)
  return { seconds, micros: timeUs - seconds * 1e6 }
}

function fraction(timeUs: number): string {
  return `.${String(splitUs(timeUs).micros).padStart(6, '0')}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
