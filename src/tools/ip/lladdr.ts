// Link-layer addresses as iproute2 reads them: hex groups between colons, as many as there are.
import type { MacAddress } from '../../addr/mac.js'
import { RunFailed } from './run.js'

/** The octets; a group that does not begin with a hex digit ends the run. */
export function parseOctets(word: string): number[] {
  return word.split(':').map((group) => {
    const digits = /^[0-9a-f]+/i.exec(group)
    if (digits === null) throw new RunFailed(1, `"${group}" is invalid lladdr.`)
    const value = Number.parseInt(digits[0], 16)
    if (value > 255) throw new RunFailed(1, `"${group}" is invalid lladdr.`)
    return value
  })
}

/** Null when there are not six octets. */
export function macOfOctets(octets: readonly number[]): MacAddress | null {
  return octets.length === 6 ? octets.reduce((mac, octet) => mac * 256 + octet, 0) : null
}
