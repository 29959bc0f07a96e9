// Numbers as the small network tools parse and print them.

/** C's %g with six significant digits. */
export function formatG(value: number): string {
  if (value === 0) return '0'
  const text = value.toPrecision(6)
  if (text.includes('e')) return text
  return text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text
}

/** Microseconds as milliseconds with three decimals: `0.035`. */
export function ms3(us: number): string {
  const whole = Math.floor(us)
  return `${Math.floor(whole / 1000)}.${String(whole % 1000).padStart(3, '0')}`
}

/** A number of seconds with decimals, as strtod reads it; null when there is none. */
export function parseSeconds(text: string): number | null {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : null
}
