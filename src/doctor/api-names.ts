// Which objects of the API a piece of text speaks of: ids and beginnings of them in names of devices, chains and namespaces, addresses, MACs,
// tunnel keys, numbers of tables.
import { formatIpv4 } from '../addr/ipv4.js'
import { formatMac } from '../addr/mac.js'
import { cloudOn } from '../cloud/registry.js'
import type { Machine } from '../node/machine.js'
import type { ObjectRef } from './item.js'
import { floatingRef, NeutronView, networkRef, routerRef, serverRef } from './neutron-view.js'

/** Characters of an id in names: devices keep 11 (or 10 behind `rfp-`), chains 10. */
const NAME_LENGTHS = [11, 10] as const

export class ApiNames {
  private readonly known = new Map<string, readonly ObjectRef[]>()

  constructor(machines: readonly Machine[]) {
    const cloud = machines.map(cloudOn).find((one) => one !== null) ?? null
    if (cloud === null) return
    if (cloud.mode === 'flat-dhcp') {
      for (const server of cloud.api.servers) {
        const own = [serverRef(server)]
        this.put(server.id, own)
        this.put(`inst-${server.instanceId}`, own)
        if (server.fixed !== null) for (const key of [formatIpv4(server.fixed.address), formatMac(server.fixed.mac)]) this.put(key, own)
      }
      for (const { address, server } of cloud.api.network.floating) {
        const text = formatIpv4(address)
        this.put(text, [{ kind: 'floating IP', id: text, name: text }, ...(server === null ? [] : [serverRef(server)])])
      }
      return
    }
    this.putNeutron(new NeutronView(machines, cloud))
  }

  private putNeutron(view: NeutronView): void {
    const { db } = view
    for (const network of db.networks.values()) {
      const own = [networkRef(network)]
      this.put(network.id, own)
      if (network.segmentationId !== null) this.put(`key ${network.segmentationId}`, own)
    }
    for (const router of db.routers.values()) this.putId(router.id, [routerRef(router)])
    for (const port of db.ports.values()) {
      const own = view.objectsOf(port)
      this.putId(port.id, own)
      this.put(formatMac(port.mac), own)
      for (const { address } of port.fixedIps) {
        this.put(formatIpv4(address), own)
        this.put(String(address >>> 0), own)
      }
    }
    for (const row of db.floatingIps.values()) {
      this.put(formatIpv4(row.address), view.floatingObjects(row))
      this.put(row.id, [floatingRef(row)])
    }
    for (const server of view.cloud.api.servers) this.put(server.id, [serverRef(server)])
  }

  private putId(id: string, own: readonly ObjectRef[]): void {
    this.put(id, own)
    for (const length of NAME_LENGTHS) this.put(id.slice(0, length), own)
  }

  private put(key: string, own: readonly ObjectRef[]): void {
    // Floating IPs come after the ports that only hold their addresses.
    this.known.set(key, own)
  }

  /** In the order in which the text names them, each once. */
  in(text: string): ObjectRef[] {
    const found = new Map<string, ObjectRef>()
    for (const token of tokensOf(text)) for (const ref of this.known.get(token) ?? []) if (!found.has(ref.id)) found.set(ref.id, ref)
    return [...found.values()]
  }
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const TOKENS = new RegExp(
  [
    `(?<uuid>${UUID})`,
    '(?<short>[0-9a-f]{8}-[0-9a-f]{1,2})(?![0-9a-f-])',
    '(?<mac>[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5})',
    '(?<ip>\\d{1,3}(?:\\.\\d{1,3}){3})',
    '(?:tun_id=|set_tunnel:)(?<key>0x[0-9a-f]+|\\d+)|(?<set>\\d+|0x[0-9a-f]+)->(?:tun_id|NXM_NX_TUN_ID)',
    '(?<inst>inst-\\d+)',
    '(?<number>\\b\\d{9,10}\\b)',
  ].join('|'),
  'g',
)

function tokensOf(text: string): string[] {
  return [...text.matchAll(TOKENS)].flatMap(({ groups = {} }) => {
    const { uuid, short, mac, ip, key, set, inst, number } = groups
    const segment = key ?? set
    if (segment !== undefined) return [`key ${Number(segment)}`]
    return [uuid ?? short ?? mac?.toLowerCase() ?? ip ?? inst ?? number ?? '']
  })
}

export function objectText({ kind, id, name }: ObjectRef): string {
  return name === '' || name === id ? `${kind} ${id}` : `${kind} ${name} (${id})`
}
