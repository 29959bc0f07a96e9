// IPv6 addresses come by themselves: a link-local one when the link is ready, after duplicate address detection (Linux: addrconf.c).

import type { Ipv6Address } from '../addr/ipv6.js'
import { ANY_IPV6, LOOPBACK_IPV6, linkLocalOfMac, solicitedNodeOf } from '../addr/ipv6.js'
import { Copied } from '../sim/copied.js'
import type { Task } from '../sim/scheduler.js'
import { PROTO_ICMPV6 } from '../wire/ipv4.js'
import { Ipv6Packet } from '../wire/ipv6.js'
import { MLD2_CHANGE_TO_EXCLUDE, mld2Report, ND_HOP_LIMIT, neighbourSolicit, routerSolicit } from '../wire/nd.js'
import { KernelError } from './errno.js'
import { Ipv6IfAddress } from './ifaddr.js'
import { sendMulticast6 } from './ipv6-output.js'
import type { DeviceEvent, NetDevice } from './netdev.js'
import { IFF_LOOPBACK, IFF_NOARP, IFF_POINTOPOINT } from './netdev.js'
import { SCOPE_HOST, SCOPE_LINK, SCOPE_UNIVERSE } from './route-entry.js'

const ALL_ROUTERS: Ipv6Address = 0xff020000000000000000000000000002n
const IFA_PROTO_KERNEL_LO = 1
const IFA_PROTO_KERNEL_LL = 3

export function addrconfDeviceEvent(dev: NetDevice, event: DeviceEvent): void {
  switch (event) {
    case 'up':
    case 'change':
      if (dev.isUp && dev.carrier && dev.conf6.disable_ipv6 === 0) linkReady(dev)
      break
    case 'down':
    case 'unregister':
      linkGone(dev)
      break
    case 'changemtu':
      dev.conf6.mtu = dev.mtu
      break
    case 'register':
    case 'going-down':
    case 'changeaddr':
    case 'changename':
      break
  }
}

/** The sysctl disable_ipv6 was set. */
export function disableIpv6(dev: NetDevice): void {
  linkGone(dev)
}

export function enableIpv6(dev: NetDevice): void {
  if (dev.isUp && dev.carrier) linkReady(dev)
}

/** Once per link-up: a MAC that changes later leaves the address as it is. */
function linkReady(dev: NetDevice): void {
  if (dev.ipv6Ready) return
  dev.ipv6Ready = true
  dev.ipv6Generation++
  if ((dev.flags & IFF_LOOPBACK) !== 0) {
    if (dev.addresses6.length === 0) insert(dev, new Ipv6IfAddress(LOOPBACK_IPV6, 128, SCOPE_HOST, false, IFA_PROTO_KERNEL_LO))
    return
  }
  if ((dev.flags & IFF_POINTOPOINT) !== 0 || dev.mac === 0) return
  for (const address of dev.addresses6) startDad(dev, address)
  // addr_gen_mode 1: none.
  if (dev.conf6.addr_gen_mode === 1) return
  const address = new Ipv6IfAddress(linkLocalOfMac(dev.mac), 64, SCOPE_LINK, false, IFA_PROTO_KERNEL_LL)
  insert(dev, address)
  startDad(dev, address)
}

function linkGone(dev: NetDevice): void {
  dev.ipv6Ready = false
  dev.ipv6Generation++
  while (dev.addresses6.length > 0) {
    const address = dev.addresses6.pop()!
    tell(dev, address, 'del')
  }
}

/** `ip -6 addr add`. */
export function addIpv6Address(
  dev: NetDevice,
  address: Ipv6Address,
  length: number,
  options: { scope?: number; noprefixroute?: boolean; nodad?: boolean } = {},
): void {
  if (dev.conf6.disable_ipv6 !== 0) throw new KernelError('EACCES', 'ipv6: IPv6 is disabled on this device')
  if (dev.addresses6.some((each) => each.address === address)) throw new KernelError('EEXIST', 'ipv6: address already assigned')
  const made = new Ipv6IfAddress(address, length, options.scope ?? scopeOf(address), options.noprefixroute ?? false)
  made.nodad = options.nodad === true
  insert(dev, made)
  if (options.nodad !== true && dev.ipv6Ready) startDad(dev, made)
}

export function deleteIpv6Address(dev: NetDevice, address: Ipv6Address, length: number): void {
  const at = dev.addresses6.findIndex((each) => each.address === address && each.length === length)
  if (at < 0) throw new KernelError('EADDRNOTAVAIL', 'ipv6: address not found')
  const [gone] = dev.addresses6.splice(at, 1)
  tell(dev, gone!, 'del')
}

function scopeOf(address: Ipv6Address): number {
  if (address === LOOPBACK_IPV6) return SCOPE_HOST
  return address >> 118n === 0x3fan ? SCOPE_LINK : SCOPE_UNIVERSE
}

/** Wider scopes stand first, as the kernel sorts them. */
function insert(dev: NetDevice, address: Ipv6IfAddress): void {
  let at = 0
  while (at < dev.addresses6.length && dev.addresses6[at]!.scope < address.scope) at++
  dev.addresses6.splice(at, 0, address)
  address.order = ++dev.netns.kernel.addresses6Made
  tell(dev, address, 'new')
}

function tell(dev: NetDevice, address: Ipv6IfAddress, change: 'new' | 'del'): void {
  const { netns } = dev
  if (netns.kernel.events.isWatched) netns.kernel.events.emit({ kind: 'addr6', change, netns, dev, address })
}

/**
 * At once: a report that the solicited-node group is joined, twice. After up to a second the probe, a second later the
 * address is good; then the report again, now with a source, and the search for routers.
 */
function startDad(dev: NetDevice, address: Ipv6IfAddress): void {
  const { random } = dev.netns.kernel
  const firstUs = random.between(4_000, 12_000)
  later(firstUs, new AddressStep(dev, address, 'report'))
  later(firstUs + random.below(1_000_000), new AddressStep(dev, address, 'report'))
  const needsDad = (dev.flags & IFF_NOARP) === 0 && dev.conf6.accept_dad > 0 && dev.conf6.dad_transmits !== 0
  if (!needsDad) return later(0, new AddressStep(dev, address, 'done'))
  address.tentative = true
  later(random.below(1_000_000), new AddressStep(dev, address, 'probe'))
}

/** What is to be done for an address of a device, unless the device went down, or the address went, in between. */
class AddressStep extends Copied implements Task {
  private readonly generation: number
  /** Of `solicit`: how many were sent, and the time to the next one. */
  private sent = 0
  intervalUs = 0

  constructor(
    readonly dev: NetDevice,
    private readonly address: Ipv6IfAddress,
    private readonly step: 'report' | 'probe' | 'done' | 'report-again' | 'solicit',
  ) {
    super()
    this.generation = dev.ipv6Generation
  }

  fire(): void {
    const { dev, address } = this
    if (dev.ipv6Generation !== this.generation || !dev.isUp || !dev.addresses6.includes(address)) return
    switch (this.step) {
      case 'report':
        return sendMulticast6(dev, mld2Report(sourceOf(dev), MLD2_CHANGE_TO_EXCLUDE, [solicitedNodeOf(address.address)]))
      case 'probe':
        sendProbe(dev, address)
        return later(dev.neighConf6.retrans_time_ms * 1000, new AddressStep(dev, address, 'done'))
      case 'done':
        return dadDone(dev, address)
      case 'report-again':
        return reportGroup(dev, address)
      case 'solicit':
        return this.solicit()
    }
  }

  solicit(): void {
    const { dev, address } = this
    const limit = dev.conf6.router_solicitations
    if (limit >= 0 && this.sent >= limit) return
    this.sent++
    const payload = routerSolicit(dev.mac)
    sendMulticast6(
      dev,
      new Ipv6Packet({ nextHeader: PROTO_ICMPV6, hopLimit: ND_HOP_LIMIT, src: address.address, dst: ALL_ROUTERS, payload }),
    )
    later(this.intervalUs, this)
    this.intervalUs = Math.min(this.intervalUs * 2, dev.conf6.router_solicitation_max_interval * 1_000_000)
  }
}

function later(delayUs: number, step: AddressStep): void {
  step.dev.netns.kernel.sim.scheduler.after(delayUs, step)
}

function sourceOf(dev: NetDevice): Ipv6Address {
  for (const each of dev.addresses6) if (each.scope === SCOPE_LINK && !each.tentative) return each.address
  return ANY_IPV6
}

function sendProbe(dev: NetDevice, address: Ipv6IfAddress): void {
  const { random } = dev.netns.kernel.sim
  let nonce: Uint8Array | null = null
  if (dev.conf6.enhanced_dad !== 0) {
    nonce = new Uint8Array(6)
    for (let i = 0; i < 6; i++) nonce[i] = random.below(256)
  }
  const payload = neighbourSolicit(address.address, null, nonce)
  const dst = solicitedNodeOf(address.address)
  sendMulticast6(dev, new Ipv6Packet({ nextHeader: PROTO_ICMPV6, hopLimit: ND_HOP_LIMIT, src: ANY_IPV6, dst, payload }))
}

function dadDone(dev: NetDevice, address: Ipv6IfAddress): void {
  if (address.dadFailed) return
  address.tentative = false
  tell(dev, address, 'new')
  if (address.scope !== SCOPE_LINK) return
  reportGroup(dev, address)
  later(dev.netns.kernel.random.below(1_000_000), new AddressStep(dev, address, 'report-again'))
  if (dev.conf6.accept_ra !== 0 && dev.conf6.forwarding === 0) solicitRouters(dev, address)
}

function reportGroup(dev: NetDevice, address: Ipv6IfAddress): void {
  sendMulticast6(dev, mld2Report(address.address, MLD2_CHANGE_TO_EXCLUDE, [solicitedNodeOf(address.address)]))
}

/** Intervals of 4 s, 8 s, 16 s ..., each a tenth more or less, up to an hour. */
function solicitRouters(dev: NetDevice, address: Ipv6IfAddress): void {
  const step = new AddressStep(dev, address, 'solicit')
  step.intervalUs = dev.conf6.router_solicitation_interval * dev.netns.kernel.random.between(900_000, 1_100_000)
  step.solicit()
}

/** Somebody else has (or probes) the address. */
export function dadFailure(dev: NetDevice, address: Ipv6IfAddress): void {
  if (address.dadFailed) return
  address.dadFailed = true
  dev.netns.kernel.log(6, `IPv6: ${dev.name}: IPv6 duplicate address detected!`)
  tell(dev, address, 'new')
}
