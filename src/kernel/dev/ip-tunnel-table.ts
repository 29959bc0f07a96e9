// Which tunnel a packet that came in belongs to: by both addresses and key first, by less and less after (ip_tunnel_lookup).
import { Copied } from '../../sim/copied.js'
import { ICMP_DEST_UNREACH, ICMP_PROT_UNREACH } from '../../wire/icmp.js'
import { PROTO_IPIP } from '../../wire/ipv4.js'
import { KernelError } from '../errno.js'
import type { GreReceiver } from '../gre-input.js'
import { listenGre, unlistenGre } from '../gre-input.js'
import { icmpSend } from '../icmp-send.js'
import type { IpProtocol, NetNamespace } from '../netns.js'
import type { Packet } from '../packet.js'
import { drop } from '../packet.js'
import type { IpTunnelConfig, IpTunnelDevice } from './ip-tunnel.js'

export class TunnelTable extends Copied implements GreReceiver, IpProtocol {
  readonly devices: IpTunnelDevice[] = []

  constructor(private readonly netns: NetNamespace) {
    super()
  }

  takeGre(pkt: Packet): boolean {
    const gre = pkt.ip.payload
    if (gre instanceof Uint8Array || gre.kind !== 'gre') return false
    const isFrame = !(gre.payload instanceof Uint8Array) && gre.payload.kind === 'frame'
    return this.take(pkt, isFrame ? 'gretap' : 'gre', gre.key)
  }

  /** IP in IP. */
  receive(pkt: Packet): void {
    if (this.take(pkt, 'ipip', null)) return
    icmpSend(this.netns, pkt, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH)
    drop(pkt, 'TUNNEL_NO_VNI', this.netns)
  }

  private take(pkt: Packet, mode: IpTunnelConfig['mode'], key: number | null): boolean {
    const { src, dst } = pkt.ip
    let best: IpTunnelDevice | null = null
    let bestScore = -1
    for (const dev of this.devices) {
      const { config } = dev
      if (config.mode !== mode || config.inKey !== key || !dev.isUp) continue
      if ((config.remote !== 0 && config.remote !== src && config.remote !== dst) || (config.local !== 0 && config.local !== dst)) continue
      const score = (config.remote !== 0 ? 2 : 0) + (config.local !== 0 ? 1 : 0)
      if (score <= bestScore) continue
      best = dev
      bestScore = score
    }
    if (best === null) return false
    best.take(pkt)
    return true
  }
}

function tableOf(netns: NetNamespace): TunnelTable {
  netns.tunnels ??= new TunnelTable(netns)
  return netns.tunnels
}

export function register(dev: IpTunnelDevice): void {
  const table = tableOf(dev.underlay)
  if (table.devices.includes(dev)) return
  table.devices.push(dev)
  if (dev.config.mode === 'ipip') dev.underlay.ipProtocols.set(PROTO_IPIP, table)
  else if (table.devices.filter((each) => each.config.mode !== 'ipip').length === 1) listenGre(dev.underlay, table)
}

export function unregister(dev: IpTunnelDevice): void {
  const table = tableOf(dev.underlay)
  const at = table.devices.indexOf(dev)
  if (at < 0) return
  table.devices.splice(at, 1)
  const isIpip = dev.config.mode === 'ipip'
  if (table.devices.some((each) => (each.config.mode === 'ipip') === isIpip)) return
  if (isIpip) dev.underlay.ipProtocols.delete(PROTO_IPIP)
  else unlistenGre(dev.underlay, table)
}

/** EEXIST: two tunnels of a kind may not have the same ends and key. */
export function checkUnique(netns: NetNamespace, config: IpTunnelConfig, except: IpTunnelDevice | null = null): void {
  for (const dev of tableOf(netns).devices) {
    const other = dev.config
    if (dev === except || other.mode !== config.mode || other.inKey !== config.inKey) continue
    if (other.local === config.local && other.remote === config.remote && other.lower === config.lower) throw new KernelError('EEXIST')
  }
}
