// Forwarding entries as `bridge -j fdb` knows them: learned and static ones of bridges, and what each device listens to itself.
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import { BridgeDevice } from '../../kernel/dev/bridge.js'
import type { FdbEntry } from '../../kernel/dev/fdb.js'
import { VxlanDevice } from '../../kernel/dev/vxlan.js'
import type { VxlanEntryState } from '../../kernel/dev/vxlan-fdb.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { Row } from '../ip/json.js'
import { linkGroups } from '../ip/maddr.js'
import type { IpRun } from '../ip/run.js'

export interface FdbRow extends Row {
  readonly mac: string
  readonly ifname: string | undefined
  /** Of a tunnel device's entry: the remote end, and port, VNI and device where they are not the device's own. */
  readonly dst: string | undefined
  readonly port: number | undefined
  readonly vni: number | undefined
  readonly viaIf: string | undefined
  readonly used: number | undefined
  readonly updated: number | undefined
  readonly flags: readonly string[]
  readonly master: string | undefined
  /** permanent, static, or '' for a learned one. */
  readonly state: string
}

const NO_REMOTE = { dst: undefined, port: undefined, vni: undefined, viaIf: undefined }

const TUNNEL_STATES: Readonly<Record<VxlanEntryState, string>> = { permanent: 'permanent', static: 'static', reachable: '' }

function tunnelRows(dev: VxlanDevice, run: IpRun, hideDev: boolean): FdbRow[] {
  const seconds = (atUs: number): number | undefined => (run.options.stats > 0 ? Math.floor((run.nowUs - atUs) / 1_000_000) : undefined)
  return dev.fdb.list().flatMap((entry) =>
    entry.remotes.map((remote) => ({
      mac: formatMac(entry.mac),
      ifname: hideDev ? undefined : dev.name,
      dst: formatIpv4(remote.ip),
      port: remote.port === 0 ? undefined : remote.port,
      vni: remote.vni === 0 ? undefined : remote.vni,
      viaIf: remote.via?.name,
      used: seconds(entry.usedUs),
      updated: seconds(entry.updatedUs),
      flags: ['self'],
      master: undefined,
      state: TUNNEL_STATES[entry.state],
    })),
  )
}

function stateOf(entry: FdbEntry): string {
  if (entry.isLocal) return 'permanent'
  return entry.isStatic ? 'static' : ''
}

export function readEntry(bridge: BridgeDevice, entry: FdbEntry, run: IpRun, hideDev: boolean): FdbRow {
  const withStats = run.options.stats > 0
  const seconds = (atUs: number): number | undefined => (withStats ? Math.floor((run.nowUs - atUs) / 1_000_000) : undefined)
  return {
    mac: formatMac(entry.mac),
    ifname: hideDev ? undefined : (entry.port?.dev ?? bridge).name,
    ...NO_REMOTE,
    used: seconds(entry.usedUs),
    updated: seconds(entry.updatedUs),
    flags: entry.sticky ? ['sticky'] : [],
    master: bridge.name,
    state: stateOf(entry),
  }
}

function selfRows(dev: NetDevice, run: IpRun, hideDev: boolean): FdbRow[] {
  return linkGroups(dev, run.host.kernelVersion).map((mac) => ({
    mac,
    ifname: hideDev ? undefined : dev.name,
    ...NO_REMOTE,
    used: undefined,
    updated: undefined,
    flags: ['self'],
    master: undefined,
    state: 'permanent',
  }))
}

/** The newest entry first, as the kernel's list has it. */
function entryRows(bridge: BridgeDevice, dev: NetDevice, run: IpRun, hideDev: boolean): FdbRow[] {
  return bridge.fdb
    .list()
    .filter((entry) => (entry.port?.dev ?? bridge) === dev)
    .reverse()
    .map((entry) => readEntry(bridge, entry, run, hideDev))
}

/** One device's part of the dump. */
export function readFdb(dev: NetDevice, run: IpRun, hideDev: boolean): FdbRow[] {
  if (dev instanceof BridgeDevice) return [...selfRows(dev, run, hideDev), ...entryRows(dev, dev, run, hideDev)]
  const learned = dev.master instanceof BridgeDevice ? entryRows(dev.master, dev, run, hideDev) : []
  if (dev instanceof VxlanDevice) return [...learned, ...tunnelRows(dev, run, hideDev)]
  return [...learned, ...selfRows(dev, run, hideDev)]
}

export function fdbText(row: FdbRow, run: IpRun): string {
  let text = `${run.paint('mac', `${row.mac} `)}`
  if (row.ifname !== undefined) text += `dev ${run.paint('ifname', `${row.ifname} `)}`
  if (row.dst !== undefined) text += `dst ${row.dst} `
  if (row.port !== undefined) text += `port ${row.port} `
  if (row.vni !== undefined) text += `vni ${row.vni} `
  if (row.viaIf !== undefined) text += `via ${row.viaIf} `
  if (row.used !== undefined) text += `used ${row.used}/${row.updated} `
  for (const flag of row.flags) text += `${flag} `
  if (row.master !== undefined) text += `master ${row.master} `
  return `${text}${row.state}\n`
}
