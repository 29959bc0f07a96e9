// The datapath's flows and ports as ovs-dpctl and ovs-appctl list them.
import { formatIpv4 } from '../addr/ipv4.js'
import type { OfBridge } from './bridge.js'
import type { Datapath, DpPort } from './datapath.js'
import { formatDpKey } from './dp-key-text.js'
import { formatDpActions } from './dp-text.js'
import type { Megaflow } from './megaflow.js'
import type { OfPort } from './ports.js'

const TCP_LETTERS = 'FSRP.UEC'

function tcpFlagsText(flags: number): string {
  let text = ''
  for (let bit = 0; bit < TCP_LETTERS.length; bit++) if ((flags & (1 << bit)) !== 0) text += TCP_LETTERS[bit]
  return text
}

/** The packet that made a flow was not the flow's. */
export function formatMegaflow(datapath: Datapath, flow: Megaflow, names: boolean): string {
  const packets = flow.packets - 1
  const key = formatDpKey({ datapath, key: flow.key, mask: flow.mask, names })
  const bytes = packets === 0 ? 0 : flow.bytes - flow.firstBytes
  let text = `${key}, packets:${packets}, bytes:${bytes}, used:`
  const idleMs = Math.floor((datapath.vswitch.nowUs - flow.usedUs) / 1000)
  text += packets === 0 ? 'never' : `${Math.floor(idleMs / 1000)}.${String(idleMs % 1000).padStart(3, '0')}s`
  if (flow.tcpFlags !== 0 && packets > 0) text += `, flags:${tcpFlagsText(flow.tcpFlags)}`
  return `${text}, actions:${formatDpActions(flow.actions, names)}`
}

/** A number made of the flow, as wide as a ufid. */
export function ufidOf(flow: Megaflow): string {
  let hash = 0xcbf29ce484222325n
  let low = 0x9e3779b97f4a7c15n
  for (let word = 0; word < flow.key.length; word++) {
    const value = BigInt(((flow.key[word]! ^ (flow.mask[word]! << 7)) + word * 31) >>> 0)
    hash = BigInt.asUintN(64, (hash ^ value) * 0x100000001b3n)
    low = BigInt.asUintN(64, (low + value) * 0x2545f4914f6cdd1dn)
  }
  const text = hash.toString(16).padStart(16, '0') + low.toString(16).padStart(16, '0')
  return `ufid:${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
}

/** `netdev@ovs-netdev` */
export function datapathName(datapath: Datapath): string {
  return `${datapath.kind}@${datapath.name}`
}

function indent(datapath: Datapath): string {
  return datapath.vswitch.atLeast(2, 9) ? '  ' : '\t'
}

/** `dpctl/show` */
export function showDatapath(datapath: Datapath, statistics: boolean): string {
  const tab = indent(datapath)
  const flows = datapath.flows().length
  let out = `${datapathName(datapath)}:\n`
  out += `${tab}lookups: hit:${datapath.hits} missed:${datapath.misses} lost:${datapath.lost}\n${tab}flows: ${flows}\n`
  if (datapath.kind === 'system' && datapath.vswitch.atLeast(2, 1)) {
    const packets = datapath.hits + datapath.misses
    const { maskHits, maskCount } = datapath.cache
    out += `${tab}masks: hit:${maskHits} total:${maskCount} hit/pkt:${(packets === 0 ? 0 : maskHits / packets).toFixed(2)}\n`
  }
  for (const port of [...datapath.ports.values()].sort((a, b) => a.number - b.number)) {
    out += `${tab}port ${port.number}: ${port.name}${typeText(port)}\n`
    if (statistics) out += statisticsText(port, tab + tab)
  }
  return out
}

function typeText(port: DpPort): string {
  if (port.type === 'system') return ''
  const tunnel = port.dev === null
  if (!tunnel) return ` (${port.type})`
  const parts: string[] = []
  if (port.type !== 'gre' && port.dstPort !== 4789 && port.dstPort !== 0) parts.push(`dst_port=${port.dstPort}`)
  const anyPort = port.ofPort
  if (anyPort?.bridge.vswitch.atLeast(2, 8) === true) parts.push('packet_type=ptap')
  return parts.length === 0 ? ` (${port.type})` : ` (${port.type}: ${parts.join(', ')})`
}

function statisticsText({ dev, users }: DpPort, tab: string): string {
  const stats = dev?.stats ?? null
  const own = [...users].reduce(
    (sum, port) => ({
      rxPackets: sum.rxPackets + port.ownStats.rxPackets,
      txPackets: sum.txPackets + port.ownStats.txPackets,
      rxBytes: sum.rxBytes + port.ownStats.rxBytes,
      txBytes: sum.txBytes + port.ownStats.txBytes,
    }),
    { rxPackets: 0, txPackets: 0, rxBytes: 0, txBytes: 0 },
  )
  const shown = stats ?? own
  const human = (bytes: number): string => {
    if (bytes < 1024) return ''
    const [size, unit] = bytes < 1024 ** 2 ? [1024, 'KiB'] : bytes < 1024 ** 3 ? [1024 ** 2, 'MiB'] : [1024 ** 3, 'GiB']
    return ` (${(bytes / size).toFixed(1)} ${unit})`
  }
  return (
    `${tab}RX packets:${shown.rxPackets} errors:${stats?.rxErrors ?? 0} dropped:${stats?.rxDropped ?? 0} overruns:0 frame:0\n` +
    `${tab}TX packets:${shown.txPackets} errors:${stats?.txErrors ?? 0} dropped:${stats?.txDropped ?? 0} aborted:0 carrier:0\n` +
    `${tab}collisions:0\n` +
    `${tab}RX bytes:${shown.rxBytes}${human(shown.rxBytes)}  TX bytes:${shown.txBytes}${human(shown.txBytes)}\n`
  )
}

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

/** `dpif/show`: bridges with their ports, OpenFlow's and the datapath's number, and what they are. */
export function showBridges(datapath: Datapath, bridges: readonly OfBridge[]): string {
  const tab = indent(datapath)
  let out = `${datapathName(datapath)}: hit:${datapath.hits} missed:${datapath.misses}\n`
  for (const bridge of [...bridges].sort(byName)) {
    out += `${tab}${bridge.name}:\n`
    for (const port of [...bridge.portList].sort(byName)) {
      out += `${tab}${tab}${port.name} ${port.ofport}/${port.dpPort === null ? 'none' : port.dpPort.number}: (${kindText(port)})\n`
    }
  }
  return out
}

function kindText(port: OfPort): string {
  switch (port.kind) {
    case 'internal':
      return port.bridge.datapathType === 'netdev' ? 'tap' : 'internal'
    case 'system':
      return 'system'
    case 'patch':
      return port.peer === null ? 'patch' : `patch: peer=${port.peer}`
    case 'gre':
    case 'vxlan':
    case 'geneve':
      return [port.kind, tunnelText(port)].filter((part) => part !== '').join(': ')
  }
}

function tunnelText(port: OfPort): string {
  const { tunnel } = port
  if (tunnel === null) return ''
  const parts: string[] = []
  if (!tunnel.df) parts.push('df_default=false')
  if ((port.kind === 'vxlan' && tunnel.dstPort !== 4789) || (port.kind === 'geneve' && tunnel.dstPort !== 6081))
    parts.push(`dst_port=${tunnel.dstPort}`)
  if (tunnel.csum) parts.push('csum=true')
  const [inKey, outKey] = [tunnel.inKey, tunnel.outKey]
  if (inKey === outKey) {
    if (inKey !== null) parts.push(`key=${inKey}`)
  } else {
    if (inKey !== null) parts.push(`in_key=${inKey}`)
    if (outKey !== null) parts.push(`out_key=${outKey}`)
  }
  if (tunnel.local !== null) parts.push(`local_ip=${tunnel.local === 'flow' ? 'flow' : formatIpv4(tunnel.local)}`)
  if (tunnel.remote !== null) parts.push(`remote_ip=${tunnel.remote === 'flow' ? 'flow' : formatIpv4(tunnel.remote)}`)
  if (tunnel.tos === 'inherit') parts.push('tos=inherit')
  else if (tunnel.tos !== 0) parts.push(`tos=0x${tunnel.tos.toString(16)}`)
  if (tunnel.ttl === 'inherit') parts.push('ttl=inherit')
  else if (tunnel.ttl !== 64) parts.push(`ttl=${tunnel.ttl}`)
  return parts.sort().join(', ')
}
