// A distributed router stands on many hosts with one address: it must not ask by ARP. The server tells it who is where.
import { formatIpv4 } from '../../../addr/ipv4.js'
import type { Namespace } from '../namespace.js'
import type { ArpEntry, RouterInfo, RouterPort } from '../rpc.js'
import { deleteNeighbour, setNeighbour } from './policy-routes.js'

export class DvrNeighbours {
  /** Told before the subnet's device was there. */
  private pending: ArpEntry[] = []

  constructor(
    private readonly namespace: Namespace,
    private readonly deviceOf: (port: RouterPort) => string,
  ) {}

  /** Everybody on the subnets of a port that has just come. */
  async addSubnets(port: RouterPort, info: RouterInfo): Promise<void> {
    for (const { subnetId } of port.addresses) {
      const known = [...(info.arpEntries.get(subnetId) ?? []), ...snatEntries(info, subnetId), ...this.pending]
      this.pending = this.pending.filter((entry) => entry.subnetId !== subnetId)
      for (const entry of unique(known.filter((each) => each.subnetId === subnetId))) await this.change(entry, 'add', port)
    }
  }

  /** The gateway has come, and the snat namespace's ports with it. */
  async addSnat(internal: readonly RouterPort[], info: RouterInfo): Promise<void> {
    for (const port of internal) {
      for (const { subnetId } of port.addresses) for (const entry of snatEntries(info, subnetId)) await this.change(entry, 'add', port)
    }
  }

  forget(port: RouterPort): void {
    this.pending = this.pending.filter(({ subnetId }) => !port.addresses.some((each) => each.subnetId === subnetId))
  }

  async set(entry: ArpEntry, change: 'add' | 'del', internal: readonly RouterPort[]): Promise<void> {
    const port = internal.find(({ addresses }) => addresses.some(({ subnetId }) => subnetId === entry.subnetId))
    if (port !== undefined && (await this.namespace.hasDevice(this.deviceOf(port)))) await this.change(entry, change, port)
    else if (change === 'add') this.pending.push(entry)
  }

  private async change({ address, mac }: ArpEntry, change: 'add' | 'del', port: RouterPort): Promise<void> {
    const neighbour = { address: formatIpv4(address), mac, device: this.deviceOf(port) }
    if (change === 'del') await deleteNeighbour(this.namespace, neighbour)
    else await setNeighbour(this.namespace, neighbour)
  }
}

function snatEntries({ snatInterfaces }: RouterInfo, subnetId: string): ArpEntry[] {
  return snatInterfaces.flatMap(({ mac, addresses }) =>
    addresses.filter((each) => each.subnetId === subnetId).map(({ address }) => ({ subnetId, address, mac })),
  )
}

/** By address; the last says it. */
function unique(entries: readonly ArpEntry[]): ArpEntry[] {
  return [...new Map(entries.map((entry) => [entry.address, entry])).values()]
}
