// Bridges, ports and learned addresses as brctl shows them.
import { formatMac } from '../../addr/mac.js'
import { BridgeDevice } from '../../kernel/dev/bridge.js'
import type { BridgePort } from '../../kernel/dev/bridge-port.js'
import type { NetNamespace } from '../../kernel/netns.js'

export interface BridgeRow {
  readonly name: string
  readonly id: string
  readonly stp: boolean
  readonly interfaces: readonly string[]
}

/** `8000.0200000000fe`. */
export function bridgeId(bridge: BridgeDevice): string {
  const { priority, mac } = bridge.bridgeId
  return `${priority.toString(16).padStart(4, '0')}.${formatMac(mac).replaceAll(':', '')}`
}

/** Before its first port a bridge of brctl has no address in its id. */
function shownId(bridge: BridgeDevice): string {
  const hasId = bridge.ports.length > 0 || bridge.macSetByHand
  return hasId ? bridgeId(bridge) : `${bridge.priority.toString(16).padStart(4, '0')}.000000000000`
}

export function bridgesOf(netns: NetNamespace): BridgeDevice[] {
  return netns.devices.filter((dev): dev is BridgeDevice => dev instanceof BridgeDevice).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Ports by name, as a directory of /sys sorted by brctl. */
export function portsOf(bridge: BridgeDevice): BridgePort[] {
  return [...bridge.ports].sort((a, b) => (a.dev.name < b.dev.name ? -1 : 1))
}

export function readBridge(bridge: BridgeDevice): BridgeRow {
  return { name: bridge.name, id: shownId(bridge), stp: bridge.stp, interfaces: portsOf(bridge).map((port) => port.dev.name) }
}

export interface MacRow {
  readonly port: number
  readonly mac: string
  readonly isLocal: boolean
  readonly ageSeconds: number
}

/** By address; entries of the bridge itself have no port and are left out. */
export function readMacs(bridge: BridgeDevice): MacRow[] {
  const { nowUs } = bridge.netns
  return bridge.fdb
    .list()
    .filter((entry) => entry.port !== null)
    .sort((a, b) => a.mac - b.mac)
    .map((entry) => ({
      port: entry.port!.number,
      mac: formatMac(entry.mac),
      isLocal: entry.isLocal,
      ageSeconds: entry.isStatic ? 0 : (nowUs - entry.updatedUs) / 1_000_000,
    }))
}

export const SHOW_HEADER = 'bridge name\tbridge id\t\tSTP enabled\tinterfaces\n'

export function showText(row: BridgeRow): string {
  const [first, ...others] = row.interfaces
  const head = `${row.name}\t\t${row.id}\t${row.stp ? 'yes' : 'no'}\t\t`
  if (first === undefined) return `${head}\n`
  return `${head}${first}\n${others.map((name) => `\t\t\t\t\t\t\t${name}\n`).join('')}`
}

/** Seconds in a column of 4 and 2 digits. */
function seconds(value: number): string {
  return value.toFixed(2).padStart(7)
}

export function macsText(rows: readonly MacRow[]): string {
  const line = (row: MacRow): string =>
    `${String(row.port).padStart(3)}\t${row.mac}\t${row.isLocal ? 'yes' : 'no'}\t\t${seconds(row.ageSeconds)}\n`
  return `port no\tmac addr\t\tis local?\tageing timer\n${rows.map(line).join('')}`
}

/** The next run of the ageing timer: the bridge looks every ageing time. */
function gcTimer(bridge: BridgeDevice): number {
  if (!bridge.isUp || bridge.ageingUs === 0) return 0
  return (bridge.ageingUs - (bridge.netns.nowUs % bridge.ageingUs)) / 1_000_000
}

export function stpText(bridge: BridgeDevice): string {
  const id = bridgeId(bridge)
  const s = (us: number): string => seconds(us / 1_000_000)
  const lines = [
    bridge.name,
    ` bridge id\t\t${id}`,
    ` designated root\t${id}`,
    ` root port\t\t   0\t\t\tpath cost\t\t   0`,
    ` max age\t\t${s(bridge.maxAgeUs)}\t\t\tbridge max age\t\t${s(bridge.maxAgeUs)}`,
    ` hello time\t\t${s(bridge.helloTimeUs)}\t\t\tbridge hello time\t${s(bridge.helloTimeUs)}`,
    ` forward delay\t\t${s(bridge.forwardDelayUs)}\t\t\tbridge forward delay\t${s(bridge.forwardDelayUs)}`,
    ` ageing time\t\t${s(bridge.ageingUs)}`,
    ` hello timer\t\t${seconds(bridge.stp && bridge.isUp ? bridge.helloTimeUs / 1_000_000 : 0)}\t\t\ttcn timer\t\t${seconds(0)}`,
    ` topology change timer\t${seconds(0)}\t\t\tgc timer\t\t${seconds(gcTimer(bridge))}`,
    ' flags\t\t\t',
    '',
    '',
  ]
  return `${lines.join('\n')}\n${portsOf(bridge)
    .map((port) => portText(port, id))
    .join('')}`
}

/** The port id as sysfs gives it: priority and number in one byte each. */
function portId(port: BridgePort): string {
  return (((port.priority << 2) << 8) | port.number).toString(16)
}

function portText(port: BridgePort, id: string): string {
  const number = portId(port)
  const lines = [
    `${port.dev.name} (${port.number})`,
    ` port id\t\t${number}\t\t\tstate\t\t${port.state.padStart(15)}`,
    ` designated root\t${id}\tpath cost\t\t${String(port.pathCost).padStart(4)}`,
    ` designated bridge\t${id}\tmessage age timer\t${seconds(0)}`,
    ` designated port\t${number}\t\t\tforward delay timer\t${seconds(0)}`,
    ` designated cost\t${'0'.padStart(4)}\t\t\thold timer\t\t${seconds(0)}`,
    port.hairpin ? ' flags\t\t\t\n hairpin mode\t\t   1' : ' flags\t\t\t',
    '',
  ]
  return `${lines.join('\n')}\n`
}
