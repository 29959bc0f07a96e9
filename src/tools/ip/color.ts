// Colours of `ip -c`: what is a name, an address, a state.

export type Ink = 'ifname' | 'mac' | 'inet' | 'inet6' | 'up' | 'down' | 'none'
export type Paint = (ink: Ink, text: string) => string

const CODES: Readonly<Record<Exclude<Ink, 'none'>, number>> = { ifname: 36, mac: 33, inet: 35, inet6: 34, up: 32, down: 31 }

export const paintNothing: Paint = (_ink, text) => text
export const paintTerminal: Paint = (ink, text) => (ink === 'none' ? text : `\x1b[${CODES[ink]}m${text}\x1b[0m`)

export function inkOfAddress(family: string): Ink {
  return family === 'inet6' ? 'inet6' : 'inet'
}

export function inkOfState(operstate: string): Ink {
  if (operstate === 'UP') return 'up'
  return operstate === 'DOWN' ? 'down' : 'none'
}
