// The MAC of a bridge and its datapath id, as bridge.c picks them.
import { isMulticastMac, type MacAddress, parseMac } from '../../addr/mac.js'
import type { OfPort } from '../ports.js'
import { lookUp } from './datum.js'
import type { Row } from './rows.js'

const LOCAL_BIT = 0x020000000000

/** other_config:hwaddr, else the lowest globally administered MAC of its ports, else `ownMac`, which is made of the row's uuid. */
export function bridgeMac(row: Row, ports: Iterable<OfPort>, ownMac: MacAddress): MacAddress {
  const configured = lookUp(row.stored('other_config'), 'hwaddr')
  const mac = configured === null ? null : parseMac(String(configured))
  if (mac !== null && mac !== 0 && !isMulticastMac(mac)) return mac
  return lowestMac(ports) ?? ownMac
}

function lowestMac(ports: Iterable<OfPort>): MacAddress | null {
  let lowest: MacAddress | null = null
  for (const { dev, kind } of ports) {
    if (dev === null || kind !== 'system') continue
    const { mac } = dev
    const isLocal = Math.floor(mac / LOCAL_BIT) % 2 === 1
    if (mac === 0 || isMulticastMac(mac) || isLocal || isReserved(mac)) continue
    if (lowest === null || mac < lowest) lowest = mac
  }
  return lowest
}

/** 01:80:c2:..., and what switches keep for themselves. */
function isReserved(mac: MacAddress): boolean {
  const high = Math.floor(mac / 0x1000000)
  return high === 0x0180c2 || (high === 0x002320 && Math.floor(mac / 0x100000) % 16 === 0)
}

/** The uuid's first six bytes as they lie in memory: the 32-bit words are little-endian. */
export function macOfUuid(uuid: string): MacAddress {
  const hex = uuid.replaceAll('-', '')
  const byte = (i: number): number => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)
  const octets = [byte(3), byte(2), byte(1), byte(0), byte(7), byte(6)]
  octets[0] = (octets[0]! & 0xfe) | 0x02
  return octets.reduce((mac, octet) => mac * 256 + octet, 0)
}

/** other_config:datapath-id, else the MAC. */
export function datapathId(row: Row, mac: MacAddress): bigint {
  const text = String(lookUp(row.stored('other_config'), 'datapath-id') ?? '')
  if (/^(0x)?[0-9a-f]{1,16}$/i.test(text) && (text.startsWith('0x') || text.length === 16)) {
    const id = BigInt(`0x${text.replace(/^0x/i, '')}`)
    if (id !== 0n) return id
  }
  return BigInt(mac)
}

export function formatDatapathId(id: bigint): string {
  return id.toString(16).padStart(16, '0')
}
