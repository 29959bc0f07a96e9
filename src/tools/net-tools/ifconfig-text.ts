// Interfaces as ifconfig prints them: net-tools 2.10 and the older 1.60.
import type { InterfaceRow } from './interface-rows.js'

const FLAGS: readonly (readonly [number, string])[] = [
  [0x1, 'UP'],
  [0x2, 'BROADCAST'],
  [0x4, 'DEBUG'],
  [0x8, 'LOOPBACK'],
  [0x10, 'POINTOPOINT'],
  [0x20, 'NOTRAILERS'],
  [0x40, 'RUNNING'],
  [0x80, 'NOARP'],
  [0x100, 'PROMISC'],
  [0x200, 'ALLMULTI'],
  [0x800, 'SLAVE'],
  [0x400, 'MASTER'],
  [0x1000, 'MULTICAST'],
  [0x8000, 'DYNAMIC'],
]

function names(flags: number): string[] {
  return FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name)
}

const UNITS = ['B', 'K', 'M', 'G', 'T', 'P'] as const

/** One digit behind the point, cut off, not rounded. */
function sized(bytes: number, base: number, suffix: string): string {
  let power = 1
  let unit = 0
  while (unit < UNITS.length - 1 && bytes >= power * base) {
    power *= base
    unit++
  }
  const tenths = Math.floor((bytes * 10) / power)
  return `${Math.floor(tenths / 10)}.${tenths % 10} ${unit === 0 ? 'B' : `${UNITS[unit]}${suffix}`}`
}

const SCOPE_ID = { host: '0x10', link: '0x20', site: '0x40', global: '0x0' } as const
const SCOPE_NAME = { host: 'Host', link: 'Link', site: 'Site', global: 'Global' } as const

/** net-tools 2.10. */
export function interfaceText(row: InterfaceRow): string {
  const lines = [`${row.name}: flags=${row.flags}<${names(row.flags).join(',')}>  mtu ${row.mtu}`]
  if (row.inet !== null) {
    const { address, peer, mask, broadcast } = row.inet
    let line = `inet ${address}  netmask ${mask}`
    if (broadcast !== null) line += `  broadcast ${broadcast}`
    if (peer !== null && (row.flags & 0x10) !== 0) line += `  destination ${peer}`
    lines.push(line)
  }
  for (const six of row.inet6) lines.push(`inet6 ${six.address}  prefixlen ${six.length}  scopeid ${SCOPE_ID[six.scope]}<${six.scope}>`)
  const queue = `txqueuelen ${row.txQueueLen}`
  lines.push(row.kind === 'loopback' ? `loop  ${queue}  (Local Loopback)` : `ether ${row.mac}  ${queue}  (Ethernet)`)
  if (!row.isAlias) lines.push(...countersText(row))
  if (row.resources !== null && !row.isAlias) {
    lines.push(`device interrupt ${row.resources.interrupt}  base 0x${row.resources.baseAddress.toString(16)}  `)
  }
  return `${lines.join('\n        ')}\n\n`
}

function countersText(row: InterfaceRow): string[] {
  const s = row.stats
  return [
    `RX packets ${s.rxPackets}  bytes ${s.rxBytes} (${sized(s.rxBytes, 1024, 'iB')})`,
    `RX errors ${s.rxErrors}  dropped ${s.rxDropped}  overruns 0  frame 0`,
    `TX packets ${s.txPackets}  bytes ${s.txBytes} (${sized(s.txBytes, 1024, 'iB')})`,
    `TX errors ${s.txErrors}  dropped ${s.txDropped} overruns 0  carrier ${s.txCarrierErrors}  collisions ${s.collisions}`,
  ]
}

/** net-tools 1.60, and busybox, which writes addresses in capitals and counts in 1024s. */
export function oldInterfaceText(row: InterfaceRow, isBusybox = false): string {
  const encap =
    row.kind === 'loopback' ? 'Link encap:Local Loopback  ' : `Link encap:Ethernet  HWaddr ${isBusybox ? row.mac.toUpperCase() : row.mac}  `
  const lines = [`${row.name.padEnd(9)} ${encap}`]
  if (row.inet !== null) {
    const { address, broadcast, mask, peer } = row.inet
    let line = `inet addr:${address}  `
    if (peer !== null && (row.flags & 0x10) !== 0) line += `P-t-P:${peer}  `
    if (broadcast !== null) line += `Bcast:${broadcast}  `
    lines.push(`${line}Mask:${mask}`)
  }
  for (const six of row.inet6) lines.push(`inet6 addr: ${six.address}/${six.length} Scope:${SCOPE_NAME[six.scope]}`)
  lines.push(`${row.flags === 0 ? '[NO FLAGS]' : names(row.flags & 0x7fff).join(' ')}  MTU:${row.mtu}  Metric:1`)
  if (!row.isAlias) lines.push(...oldCountersText(row, isBusybox))
  if (row.resources !== null && !row.isAlias) {
    const { interrupt, baseAddress } = row.resources
    lines.push(`Interrupt:${interrupt} Base address:0x${baseAddress.toString(16)} `)
  }
  return `${lines.join('\n          ')}\n\n`
}

function oldCountersText(row: InterfaceRow, isBusybox: boolean): string[] {
  const s = row.stats
  const bytes = (count: number): string => (isBusybox ? sized(count, 1024, 'iB') : sized(count, 1000, 'B'))
  return [
    `RX packets:${s.rxPackets} errors:${s.rxErrors} dropped:${s.rxDropped} overruns:0 frame:0`,
    `TX packets:${s.txPackets} errors:${s.txErrors} dropped:${s.txDropped} overruns:0 carrier:${s.txCarrierErrors}`,
    `collisions:${s.collisions} txqueuelen:${row.txQueueLen} `,
    `RX bytes:${s.rxBytes} (${bytes(s.rxBytes)})  TX bytes:${s.txBytes} (${bytes(s.txBytes)})`,
  ]
}

/** `ifconfig -s` of 2.10 has a narrower head than `netstat -i`. */
export function tableText(
  rows: readonly InterfaceRow[],
  options: { readonly isNew: boolean; readonly head: 'ifconfig' | 'netstat' },
): string {
  const wideHead = 'Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n'
  const newHead = 'Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n'
  const oldHead = 'Iface   MTU Met   RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n'
  const head = !options.isNew ? oldHead : options.head === 'netstat' ? wideHead : newHead
  return head + rows.map((row) => (options.isNew ? tableLine(row) : oldTableLine(row))).join('')
}

const LETTERS: readonly (readonly [number, string])[] = [
  [0x200, 'A'],
  [0x2, 'B'],
  [0x4, 'D'],
  [0x8, 'L'],
  [0x1000, 'M'],
  [0x20, 'N'],
  [0x80, 'O'],
  [0x100, 'P'],
  [0x10, 'p'],
  [0x40, 'R'],
  [0x1, 'U'],
]

/** The order of netstat: BMRU, LRU, BMPRU. */
function letters(flags: number): string {
  const order = 'ABDLMNOPpRU'
  return LETTERS.filter(([bit]) => (flags & bit) !== 0)
    .map(([, letter]) => letter)
    .sort((a, b) => order.indexOf(a) - order.indexOf(b))
    .join('')
}

function counterColumns(row: InterfaceRow): string {
  const s = row.stats
  const column = (value: number, width: number): string => String(value).padStart(width)
  const rx = `${column(s.rxPackets, 8)} ${column(s.rxErrors, 6)} ${column(s.rxDropped, 6)} ${'0'.padEnd(6)}`
  const tx = `${column(s.txPackets, 8)} ${column(s.txErrors, 6)} ${column(s.txDropped, 6)} ${column(0, 6)}`
  return `${rx} ${tx}`
}

function tableLine(row: InterfaceRow): string {
  const counters = row.isAlias ? '     - no statistics available -                       ' : counterColumns(row)
  return `${row.name.padEnd(15)} ${String(row.mtu).padStart(5)} ${counters} ${letters(row.flags)}\n`
}

function oldTableLine(row: InterfaceRow): string {
  const counters = row.isAlias ? '     - no statistics available -                       ' : counterColumns(row)
  return `${row.name.padEnd(5)} ${String(row.mtu).padStart(5)} 0  ${counters} ${letters(row.flags)}\n`
}
