// Type of service bytes and DSCP classes by name.
import type { Argument } from './arguments.js'
import { parseUnsigned } from './arguments.js'
import { badParameter } from './xtables-error.js'

const NAMES: Record<string, number> = {
  'minimize-delay': 0x10,
  'maximize-throughput': 0x08,
  'maximize-reliability': 0x04,
  'minimize-cost': 0x02,
  'normal-service': 0x00,
}

export interface TosMask {
  readonly value: number
  readonly mask: number
}

/** `value[/mask]` or a name, which leaves the two lowest bits alone. */
export const tosMask: Argument<TosMask> = {
  hint: 'value[/mask]|name',
  parse(text, place) {
    if (/^\d/.test(text)) {
      const [value = '', mask] = text.split('/')
      const number = parseUnsigned(value)
      const bits = mask === undefined ? 0xff : parseUnsigned(mask)
      if (number === null || bits === null || number > 255 || bits > 255) {
        throw badParameter(`${place.extension}: bad value for option "--${place.option}", or out of range (0-255).\n`)
      }
      return { value: number, mask: bits }
    }
    const named = NAMES[text.toLowerCase()]
    if (named === undefined) throw badParameter(`Symbolic name "${text}" is unknown`)
    return { value: named, mask: 0x3f }
  },
}

const CLASSES: Record<string, number> = { BE: 0, EF: 0x2e }
for (let i = 0; i < 8; i++) CLASSES[`CS${i}`] = i * 8
for (let i = 1; i <= 4; i++) for (let j = 1; j <= 3; j++) CLASSES[`AF${i}${j}`] = i * 8 + j * 2

export const dscpClass: Argument<number> = {
  hint: 'class',
  parse(text) {
    const found = CLASSES[text.toUpperCase()]
    if (found === undefined) throw badParameter(`Invalid DSCP value \`${text}'`)
    return found
  },
}
