// Port numbers and names in flow text.
import type { TextContext } from './flow-text-error.js'
import { OFPP_MAX, OFPP_NONE, portFrom32, reservedPortName, reservedPortNumber } from './port-numbers.js'
import { atLeast } from './version.js'

const FIRST_RESERVED = 0xfff7

/** Null when there is no such port. */
export function parsePort(text: string, ctx: TextContext): number | null {
  if (text.startsWith('-')) {
    ctx.log('ofp_port', 'WARN', `Negative value ${text} is not a valid port number.`)
    return null
  }
  if (!/^\d+$/.test(text)) return namedPort(text, ctx)
  const number = Number(text)
  const port = portFrom32(number)
  if (port !== null && number < OFPP_MAX) return port
  if (number >= OFPP_MAX && number < FIRST_RESERVED) {
    ctx.log(
      'ofp_port',
      'WARN',
      `port ${number} is a reserved OF1.0 port number that will be translated to ${number + 0xffff0000} when talking to an OF1.1 or later controller`,
    )
    return number
  }
  if (number >= FIRST_RESERVED && number <= 0xffff) {
    const name = reservedPortName(number) ?? String(number)
    ctx.log('ofp_port', 'WARN', `referring to port ${name} as ${number} is deprecated for compatibility with OpenFlow 1.1 and later`)
    return number
  }
  if (port === null) {
    ctx.log('ofp_port', 'WARN', `port ${number} is outside the supported range 0 through ffff or 0xffffff00 through 0xffffffff`)
  }
  return port
}

function namedPort(text: string, ctx: TextContext): number | null {
  const reserved = reservedPortNumber(text)
  if (reserved !== null) return reserved
  if (!text.startsWith('"')) return ctx.ports.number(text)
  return text.length > 1 && text.endsWith('"') ? ctx.ports.number(text.slice(1, -1)) : null
}

export function formatPort(port: number, ctx: TextContext): string {
  if (port === OFPP_NONE && !atLeast(ctx.version, '2.1')) return 'NONE'
  const reserved = reservedPortName(port)
  if (reserved !== null) return reserved
  const name = ctx.ports.name(port)
  return name === null ? String(port) : quoteName(name)
}

/** Names that could be taken for something else are quoted. */
function quoteName(name: string): string {
  return /^[A-Za-z][A-Za-z0-9]*$/.test(name) ? name : JSON.stringify(name)
}
