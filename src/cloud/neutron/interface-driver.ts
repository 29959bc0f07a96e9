// How the L3 and DHCP agents put a device of theirs on an Open vSwitch bridge and give it addresses (neutron's OVSInterfaceDriver).
import type { Ipv4Prefix } from '../../addr/ipv4.js'
import { broadcastOf, formatIpv4, formatPrefix, parsePrefix } from '../../addr/ipv4.js'
import type { MacAddress } from '../../addr/mac.js'
import { formatMac } from '../../addr/mac.js'
import type { Agent } from '../agent.js'
import type { Namespace } from './namespace.js'
import type { ReleaseProfile } from './release.js'

/** What the L2 agent does not know: nobody else has this tag. */
const DEAD_VLAN = 4095

export interface PlugRequest {
  readonly portId: string
  readonly device: string
  readonly mac: MacAddress
  readonly mtu: number
  readonly bridge: string
  readonly namespace: Namespace
}

export interface AddressOptions {
  /** The device was made just now: later releases need not look, and looking is no command there. */
  readonly isNew?: boolean
  /** Addresses that belong to others and stay. */
  readonly keep?: readonly string[]
  /** Connections by an address end with it. */
  readonly endConnections?: boolean
}

export class InterfaceDriver {
  constructor(
    private readonly agent: Agent,
    private readonly profile: ReleaseProfile,
  ) {}

  /**
   * An internal port, known to the L2 agent by its external ids, moved into the namespace and up. False: it was there. Calls of
   * netlink that follow each other stand as one command.
   */
  async plug(request: PlugRequest): Promise<boolean> {
    const { namespace, device, mac } = request
    if (await namespace.hasDevice(device)) {
      if (this.profile.l3.netlink) await namespace.link(['ip', 'link', 'set', device, 'mtu', String(request.mtu)])
      return false
    }
    if (this.profile.l3.netlink) {
      await this.addPort(request)
      await namespace.root(['ip', 'link', 'set', device, 'address', formatMac(mac), 'netns', namespace.name])
      await namespace.link(['ip', 'link', 'set', device, 'mtu', String(request.mtu), 'up'])
      return true
    }
    await namespace.root(['ip', '-o', 'link', 'show', request.bridge])
    await this.addPort(request)
    await namespace.root(['ip', 'link', 'set', device, 'address', formatMac(mac)])
    await namespace.ensure()
    await namespace.root(['ip', 'link', 'set', device, 'netns', namespace.name])
    await namespace.link(['ip', 'link', 'set', device, 'up'])
    return true
  }

  private async addPort(request: PlugRequest): Promise<void> {
    const { device, bridge } = request
    const add = words('ovs-vsctl -- --if-exists del-port', device, '-- add-port', bridge, device)
    if (this.profile.l2.native) await this.native([...add, ...words('-- set Port', device, `tag=${DEAD_VLAN}`), ...idWords(request)])
    else await this.agent.run([...add, ...idWords(request)])
  }

  private async native(argv: readonly string[]): Promise<void> {
    await this.agent.run(argv, { standsFor: 'OVSDB (native)' })
  }

  async unplug(device: string, bridge: string): Promise<void> {
    if (this.profile.l2.native) await this.native(words('ovs-vsctl -- --if-exists del-port', bridge, device))
    else await this.agent.run(words('ovs-vsctl --timeout=10 -- --if-exists del-port', bridge, device))
  }

  /** Postcondition: the device has these global addresses and those to keep, no others. */
  async initAddresses(namespace: Namespace, device: string, wanted: readonly Ipv4Prefix[], options: AddressOptions = {}): Promise<void> {
    const present = options.isNew === true && this.profile.l3.netlink ? [] : await this.addresses(namespace, device)
    const texts = wanted.map(formatPrefix)
    const stale = present.filter((text) => !texts.includes(text) && options.keep?.includes(text) !== true)
    const removeStale = async (): Promise<void> => {
      for (const text of stale) await this.deleteAddress(namespace, device, text, options.endConnections ?? !this.profile.l3.netlink)
    }
    // Later releases make room first: a dynamic address may have to give way to a static one.
    if (this.profile.l3.netlink) await removeStale()
    for (const prefix of wanted) if (!present.includes(formatPrefix(prefix))) await this.addAddress(namespace, device, prefix)
    if (!this.profile.l3.netlink) await removeStale()
  }

  /** Global IPv4 addresses, as `10.10.10.1/24`. */
  addresses(namespace: Namespace, device: string): Promise<string[]> {
    return namespace.addresses(device)
  }

  async addAddress(namespace: Namespace, device: string, prefix: Ipv4Prefix): Promise<void> {
    const broadcast = formatIpv4(broadcastOf(prefix))
    await namespace.link(words('ip -4 addr add', formatPrefix(prefix), 'brd', broadcast, 'scope global dev', device))
  }

  async deleteAddress(namespace: Namespace, device: string, text: string, endConnections: boolean): Promise<void> {
    await namespace.link(words('ip -4 addr del', text, 'dev', device), { mayFail: true })
    if (endConnections) await this.endConnections(namespace, formatIpv4(parsePrefix(text)!.address))
  }

  async endConnections(namespace: Namespace, address: string): Promise<void> {
    // conntrack answers 1 when nothing matched.
    await namespace.exec(['conntrack', '-D', '-d', address], { mayFail: true })
    await namespace.exec(['conntrack', '-D', '-q', address], { mayFail: true })
  }
}

function idWords({ device, portId, mac }: PlugRequest): string[] {
  const set = (text: string): string[] => ['--', 'set', 'Interface', device, text]
  return [
    ...set('type=internal'),
    ...set(`external-ids:iface-id=${portId}`),
    ...set('external-ids:iface-status=active'),
    ...set(`external-ids:attached-mac=${formatMac(mac)}`),
  ]
}

function words(...parts: string[]): string[] {
  return parts.flatMap((part) => part.split(' '))
}
