// /proc/net: the network tables of a namespace in the kernel's own text formats.

import { formatIpv4, maskOf } from '../addr/ipv4.js'
import { formatMac } from '../addr/mac.js'
import type { NetDevice } from '../kernel/netdev.js'
import type { NetNamespace } from '../kernel/netns.js'
import { TABLE_MAIN } from '../kernel/route-entry.js'
import type { FileContext, Inode, LiveDirectory } from './inode.js'
import { fixedDirectory, readOnly } from './live.js'
import { conntrackText } from './proc-conntrack.js'
import { rawText, tcpText, udpText } from './proc-sockets.js'

/** Of the reader's namespace, or of the one that `/proc/PID` belongs to. */
export function procNet(netnsOf: (context: FileContext) => NetNamespace): LiveDirectory {
  const entries = new Map<string, (context: FileContext) => Inode | null>()
  const add = (name: string, text: (netns: NetNamespace) => string): void =>
    void entries.set(
      name,
      readOnly((context) => text(netnsOf(context))),
    )
  add('arp', arpText)
  add('dev', deviceText)
  add('if_inet6', inet6Text)
  add('ip_tables_names', tableNames)
  add('raw', rawText)
  add('route', routeText)
  add('tcp', tcpText)
  add('udp', udpText)
  const conntrack = readOnly((context) => conntrackText(netnsOf(context)))
  // Differs: kernels of today are built without this file.
  entries.set('nf_conntrack', (context) => (context.process?.machine.image.kernelAtLeast('5.0') === true ? null : conntrack()))
  return fixedDirectory(entries)
}

function deviceText(netns: NetNamespace): string {
  const head =
    'Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n'
  return head + netns.devices.map(deviceRow).join('')
}

function deviceRow(dev: NetDevice): string {
  const s = dev.stats
  const pad = (value: number, width: number): string => String(value).padStart(width)
  const received = `${pad(s.rxBytes, 7)} ${pad(s.rxPackets, 7)} ${pad(s.rxErrors, 4)} ${pad(s.rxDropped, 4)} ${pad(0, 4)} ${pad(0, 5)} ${pad(0, 10)} ${pad(s.rxMulticast, 9)}`
  const sent = `${pad(s.txBytes, 8)} ${pad(s.txPackets, 7)} ${pad(s.txErrors, 4)} ${pad(s.txDropped, 4)} ${pad(0, 4)} ${pad(s.collisions, 5)} ${pad(s.txCarrierErrors, 7)} ${pad(0, 10)}`
  return `${dev.name.padStart(6)}: ${received} ${sent}\n`
}

const ATF_COM = 2
const ATF_PERM = 4

function arpText(netns: NetNamespace): string {
  let text = 'IP address       HW type     Flags       HW address            Mask     Device\n'
  for (const dev of netns.devices) {
    for (const neighbour of dev.neighbours.values()) {
      if (neighbour.state === 'NOARP') continue
      const isKnown = neighbour.lladdr !== null && neighbour.state !== 'INCOMPLETE' && neighbour.state !== 'FAILED'
      const flags = (isKnown ? ATF_COM : 0) | (neighbour.state === 'PERMANENT' ? ATF_PERM : 0)
      const mac = formatMac(isKnown ? neighbour.lladdr! : 0)
      text += `${formatIpv4(neighbour.address).padEnd(16)} ${'0x1'.padEnd(11)} ${`0x${flags.toString(16)}`.padEnd(11)} ${mac.padEnd(21)} *        ${dev.name}\n`
    }
  }
  return text
}

const RTF_UP = 1
const RTF_GATEWAY = 2
const RTF_HOST = 4
const RTF_REJECT = 0x200
const ROUTE_ROW = 127

/** Addresses as the machine's words: little-endian hex. */
function hexWord(address: number): string {
  return [0, 8, 16, 24]
    .map((shift) => ((address >>> shift) & 255).toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()
}

function routeText(netns: NetNamespace): string {
  let text = `${'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'.padEnd(ROUTE_ROW)}\n`
  for (const route of netns.fib.list(TABLE_MAIN) ?? []) {
    if (['local', 'broadcast', 'multicast'].includes(route.type)) continue
    const nexthop = route.nexthops[0]
    const via = nexthop?.via ?? 0
    const isReject = route.type !== 'unicast'
    const isUp = isReject || nexthop?.dead !== true
    const flags = (isUp ? RTF_UP : 0) | (via !== 0 ? RTF_GATEWAY : 0) | (route.length === 32 ? RTF_HOST : 0) | (isReject ? RTF_REJECT : 0)
    const name = isReject ? '*' : (nexthop?.dev?.name ?? '*')
    const cells = [
      name,
      hexWord(route.dst),
      hexWord(via),
      flags.toString(16).toUpperCase().padStart(4, '0'),
      0,
      0,
      route.priority,
      hexWord(maskOf(route.length)),
      0,
      0,
      0,
    ]
    text += `${cells.join('\t').padEnd(ROUTE_ROW)}\n`
  }
  return text
}

function inet6Text(netns: NetNamespace): string {
  let text = ''
  for (const dev of netns.devices) {
    for (const one of dev.addresses6) {
      const hex = one.address.toString(16).padStart(32, '0')
      const byte = (n: number): string => n.toString(16).padStart(2, '0')
      const scope = one.scope === 253 ? 0x20 : one.scope === 254 ? 0x10 : 0
      text += `${hex} ${byte(dev.ifindex)} ${byte(one.length)} ${byte(scope)} ${one.tentative ? 'c0' : '80'} ${dev.name.padStart(8)}\n`
    }
  }
  return text
}

/** Tables in use, the latest first. */
function tableNames(netns: NetNamespace): string {
  return [...netns.netfilter.tables.names]
    .reverse()
    .map((name) => `${name}\n`)
    .join('')
}
