// Integers as the kernel's sysctl handlers read them.
import { KernelError } from './errno.js'

/** Decimal, hexadecimal or octal, within a range; EINVAL otherwise. */
export function parseInteger(text: string, low = -2147483648, high = 2147483647): number {
  const trimmed = text.trim()
  if (!/^-?(0x[0-9a-f]+|\d+)$/i.test(trimmed)) throw new KernelError('EINVAL')
  const negative = trimmed.startsWith('-')
  const digits = negative ? trimmed.slice(1) : trimmed
  const octal = /^0[0-7]+$/.test(digits)
  const value = (negative ? -1 : 1) * (octal ? Number.parseInt(digits, 8) : Number(digits))
  if (value < low || value > high) throw new KernelError('EINVAL')
  return value
}
