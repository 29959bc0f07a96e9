// `ip maddress`: the groups a device listens to, as they follow from its state and addresses.
import { parseIpv4 } from '../../addr/ipv4.js'
import { formatIpv6, macOfMulticastIpv6, solicitedNodeOf } from '../../addr/ipv6.js'
import { formatMac, parseMac } from '../../addr/mac.js'
import { type ObjectGrammar, UsageError, type Words } from '../../grammar/keyword.js'
import { BridgeDevice } from '../../kernel/dev/bridge.js'
import type { NetDevice } from '../../kernel/netdev.js'
import { atLeast, type Version } from '../../node/image.js'
import type { Row } from './json.js'
import type { IpRun } from './run.js'

export interface GroupRow extends Row {
  readonly link: string | undefined
  readonly family: 'inet' | 'inet6' | undefined
  readonly address: string | undefined
}

const ALL_NODES_MAC = '33:33:00:00:00:01'
const ALL_HOSTS_MAC = '01:00:5e:00:00:01'

/** Bridges ask for the groups of multicast routers (all-snoopers) since Linux 5.0. */
function isSnooper(dev: NetDevice, kernel: Version): boolean {
  return dev instanceof BridgeDevice && atLeast(kernel, '5.0')
}

/** Link-layer groups of a device in the order it joined them: IPv6 at registration, IPv4 when up, its own addresses later. */
export function linkGroups(dev: NetDevice, kernel: Version): string[] {
  if (dev.kind === 'loopback') return []
  // The one of registration goes with the others when a device goes down.
  if (!dev.isUp) return dev.everUp ? [] : [ALL_NODES_MAC]
  const groups = [ALL_NODES_MAC]
  if (isSnooper(dev, kernel)) groups.push('01:00:5e:00:00:6a', '33:33:00:00:00:6a')
  groups.push(ALL_HOSTS_MAC)
  for (const address of dev.addresses6) {
    const mac = formatMac(macOfMulticastIpv6(solicitedNodeOf(address.address)))
    if (!groups.includes(mac)) groups.push(mac)
  }
  return groups
}

export function inetGroups(dev: NetDevice, kernel: Version): string[] {
  if (!dev.isUp) return []
  return isSnooper(dev, kernel) ? ['224.0.0.1', '224.0.0.106'] : ['224.0.0.1']
}

export function inet6Groups(dev: NetDevice, kernel: Version): string[] {
  const own = dev.isUp && dev.kind !== 'loopback' ? dev.addresses6.map((address) => formatIpv6(solicitedNodeOf(address.address))) : []
  const bridge = isSnooper(dev, kernel) && dev.isUp ? ['ff02::6a'] : []
  return [...new Set([...own.reverse(), ...bridge, 'ff02::1', 'ff01::1'])]
}

function readGroups(dev: NetDevice, run: IpRun): GroupRow[] {
  const { family } = run.options
  const kernel = run.host.kernelVersion
  const rows: GroupRow[] = []
  if (family === 'any' || family === 'link')
    for (const link of [...linkGroups(dev, kernel), ...[...dev.staticGroups.keys()].map((mac) => `${formatMac(mac)} static`)])
      rows.push({ link, family: undefined, address: undefined })
  if (family === 'any' || family === 'inet')
    for (const address of inetGroups(dev, kernel)) rows.push({ link: undefined, family: 'inet', address })
  if (family === 'any' || family === 'inet6')
    for (const address of inet6Groups(dev, kernel)) rows.push({ link: undefined, family: 'inet6', address })
  return rows
}

function groupText(row: GroupRow): string {
  if (row.link !== undefined) return `\tlink  ${row.link}\n`
  return `\t${(row.family ?? '').padEnd(5)} ${row.address}\n`
}

export const maddressObject: ObjectGrammar<IpRun> = {
  name: 'maddress',
  verbs: [
    { names: ['add'], list: null, run: (run, words) => change(run, words, 'add') },
    { names: ['delete'], list: null, run: (run, words) => change(run, words, 'del') },
    { names: ['list', 'show', 'lst'], list: null, run: (run, words) => show(run, words) },
  ],
}

/** Joined by hand, as often as it is added: any address of the link layer. */
function change(run: IpRun, words: Words, verb: 'add' | 'del'): number {
  let name: string | null = null
  let text: string | null = null
  while (!words.isDone) {
    if (words.current === 'dev') name = words.next()
    else text = words.current === 'address' ? words.next() : words.current
    words.advance()
  }
  if (name === null) throw new UsageError('Not enough information: "dev" is required.', 255)
  const mac = text === null ? null : parseMac(text)
  if (mac === null && text !== null && parseIpv4(text) !== null)
    throw new UsageError('Error: Invalid address length 4 - must be 6 bytes', 255)
  if (mac === null) throw new UsageError(`"${text ?? ''}" is invalid lladdr.`, 255)
  const dev = run.netns.deviceByName(name)
  if (dev === null) throw new UsageError('ioctl: No such device', 1)
  const held = dev.staticGroups.get(mac) ?? 0
  if (verb === 'del' && held === 0) throw new UsageError('ioctl: No such file or directory', 1)
  if (verb === 'add') dev.staticGroups.set(mac, held + 1)
  else if (held === 1) dev.staticGroups.delete(mac)
  else dev.staticGroups.set(mac, held - 1)
  return 0
}

function show(run: IpRun, words: Words): number {
  let devices = run.netns.devices
  if (!words.isDone) {
    if (words.current === 'dev') words.next()
    const dev = run.netns.deviceByName(words.current)
    devices = dev === null ? [] : [dev]
  }
  const rows = devices.map((dev) => ({ ifindex: dev.ifindex, ifname: dev.name, maddr: readGroups(dev, run) }))
  run.show(rows, (row) => `${row.ifindex}:\t${row.ifname}\n${row.maddr.map(groupText).join('')}`)
  return 0
}
