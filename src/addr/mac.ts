// MAC addresses as 48-bit numbers and their text.

/** A 48-bit number; doubles hold it exactly. Bit operations need the two halves: see `macHigh` and `macLow`. */
export type MacAddress = number

export const BROADCAST_MAC: MacAddress = 0xffffffffffff

const TWO_24 = 0x1000000
const textOf = new Map<MacAddress, string>()

/** Six groups of one or two hex digits separated by colons (or dashes). Null when the text is none. */
export function parseMac(text: string): MacAddress | null {
  if (!/^[0-9a-f]{1,2}([:-][0-9a-f]{1,2}){5}$/i.test(text)) return null
  return text.split(/[:-]/).reduce((value, group) => value * 256 + Number.parseInt(group, 16), 0)
}

export function formatMac(mac: MacAddress): string {
  let text = textOf.get(mac)
  if (text === undefined) {
    text = mac
      .toString(16)
      .padStart(12, '0')
      .replace(/(..)(?=.)/g, '$1:')
    if (textOf.size > 65536) textOf.clear()
    textOf.set(mac, text)
  }
  return text
}

/** The upper 24 bits (the OUI). */
export function macHigh(mac: MacAddress): number {
  return Math.floor(mac / TWO_24)
}

/** The lower 24 bits. */
export function macLow(mac: MacAddress): number {
  return mac % TWO_24
}

/** True for broadcast too: the group bit is the lowest bit of the first octet. */
export function isMulticastMac(mac: MacAddress): boolean {
  return (Math.floor(mac / 0x10000000000) & 1) === 1
}

/** Group address of an IPv4 multicast address (RFC 1112, section 6.4). */
export function macOfMulticastIpv4(address: number): MacAddress {
  return 0x01005e000000 + (address & 0x7fffff)
}
