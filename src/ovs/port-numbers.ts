// Reserved OpenFlow 1.0 port numbers. Ports are 16 bits everywhere inside the switch; OpenFlow 1.1+ widens the reserved ones on the wire.

/** No port below this is reserved. */
export const OFPP_MAX = 0xff00
/** OpenFlow 1.5: leave port out of the action set. */
export const OFPP_UNSET = 0xfff7
export const OFPP_IN_PORT = 0xfff8
export const OFPP_TABLE = 0xfff9
export const OFPP_NORMAL = 0xfffa
export const OFPP_FLOOD = 0xfffb
export const OFPP_ALL = 0xfffc
export const OFPP_CONTROLLER = 0xfffd
export const OFPP_LOCAL = 0xfffe
/** No port at all; OFPP_ANY as a filter. */
export const OFPP_NONE = 0xffff

/** OpenFlow 1.1 numbers of the reserved ports start here. */
const OFPP11_MAX = 0xffffff00
const OFPP11_OFFSET = 0xffff0000

const NAMES = new Map<number, string>([
  [OFPP_IN_PORT, 'IN_PORT'],
  [OFPP_TABLE, 'TABLE'],
  [OFPP_NORMAL, 'NORMAL'],
  [OFPP_FLOOD, 'FLOOD'],
  [OFPP_ALL, 'ALL'],
  [OFPP_CONTROLLER, 'CONTROLLER'],
  [OFPP_LOCAL, 'LOCAL'],
  [OFPP_NONE, 'ANY'],
  [OFPP_UNSET, 'UNSET'],
])
const NUMBERS = new Map([...NAMES].map(([number, name]) => [name, number]))
NUMBERS.set('NONE', OFPP_NONE)

/** `LOCAL`, `NORMAL`, ...; null for an ordinary port. OFPP_NONE is `ANY`, to old versions `NONE`. */
export function reservedPortName(port: number): string | null {
  return NAMES.get(port) ?? null
}

/** The number of a reserved port's name, in any case. */
export function reservedPortNumber(name: string): number | null {
  return NUMBERS.get(name.toUpperCase()) ?? null
}

/** A 16- or 32-bit number as 16 bits; null outside of what exists. */
export function portFrom32(number: number): number | null {
  if (number < OFPP_MAX) return number
  if (number >= OFPP11_MAX && number <= 0xffffffff) return number - OFPP11_OFFSET
  return null
}

export function portTo32(port: number): number {
  return port >= OFPP_MAX ? port + OFPP11_OFFSET : port
}
