// Ports of one kind in a namespace (qr-, qg-, sg-, fg-): each an internal port of a bridge with the addresses that the server gave it.
import type { Ipv4Prefix } from '../../../addr/ipv4.js'
import { formatIpv4, formatPrefix } from '../../../addr/ipv4.js'
import type { AddressOptions } from '../interface-driver.js'
import { InterfaceDriver } from '../interface-driver.js'
import { BR_INT, deviceName } from '../names.js'
import type { Namespace } from '../namespace.js'
import type { RouterPort } from '../rpc.js'
import { announce } from './gratuitous-arp.js'
import type { RouterHost } from './router-host.js'

export type PortPrefix = 'qr-' | 'qg-' | 'sg-' | 'fg-'

export class PluggedPorts {
  readonly driver: InterfaceDriver

  constructor(
    readonly namespace: Namespace,
    private readonly host: RouterHost,
    private readonly prefix: PortPrefix,
  ) {
    this.driver = new InterfaceDriver(host.agent, host.context.profile)
  }

  /** qr- and sg- lead inside, the others out. */
  private get bridge(): string {
    const isInside = this.prefix === 'qr-' || this.prefix === 'sg-'
    return isInside ? BR_INT : (this.host.context.config.externalBridge ?? BR_INT)
  }

  device(port: { readonly id: string }): string {
    return deviceName(this.prefix, port.id)
  }

  /** Postcondition: the device is there, with the port's addresses. */
  async plug(port: RouterPort, options: AddressOptions = {}): Promise<void> {
    const { namespace, bridge } = this
    const device = this.device(port)
    const isNew = await this.driver.plug({ portId: port.id, device, mac: port.mac, mtu: port.mtu, bridge, namespace })
    await this.driver.initAddresses(namespace, device, prefixesOf(port), { ...options, isNew })
  }

  /** Addresses or MTU changed. */
  async update(port: RouterPort): Promise<void> {
    const device = this.device(port)
    await this.namespace.link(['ip', 'link', 'set', device, 'mtu', String(port.mtu)])
    await this.driver.initAddresses(this.namespace, device, prefixesOf(port))
  }

  async unplug(port: { readonly id: string }): Promise<void> {
    const device = this.device(port)
    if (await this.namespace.hasDevice(device)) await this.unplugDevice(device)
  }

  unplugDevice(device: string): Promise<void> {
    return this.driver.unplug(device, this.bridge)
  }

  /** Unplugs devices that no port stands for; returns what was there. */
  async sweep(known: readonly string[], present?: readonly string[]): Promise<readonly string[]> {
    const devices = present ?? (await this.namespace.devices())
    for (const device of devices) {
      if (device.startsWith(this.prefix) && !known.includes(device)) await this.unplugDevice(device)
    }
    return devices
  }

  announce(port: RouterPort): void {
    for (const { address } of port.addresses) this.announceAddress(this.device(port), formatIpv4(address))
  }

  announceAddress(device: string, address: string): void {
    const { gratuitousRounds, arpingSeconds } = this.host.context.profile.l3
    if (gratuitousRounds === 0) return
    this.host.aside(() => announce(this.namespace, device, address, { rounds: gratuitousRounds, seconds: arpingSeconds }))
  }
}

export function prefixesOf(port: RouterPort): Ipv4Prefix[] {
  return port.addresses.map(({ address, cidr }) => ({ address, length: cidr.length }))
}

/** Two of the same key need nothing done. */
export function keyOf(port: RouterPort): string {
  return `${port.id} ${port.mtu} ${prefixesOf(port).map(formatPrefix).join(' ')}`
}

export function usable(ports: readonly RouterPort[]): RouterPort[] {
  return ports.filter((port) => port.adminStateUp && port.addresses.length > 0)
}
