// IPv6 addresses by hand: what `ip -6 addr` may do beyond the link-local ones that the kernel makes itself.
import type { Ipv6Address } from '../../addr/ipv6.js'
import { KernelError } from '../../kernel/errno.js'
import type { Ipv6IfAddress } from '../../kernel/ifaddr.js'
import type { NetDevice } from '../../kernel/netdev.js'

/** The kernel keeps addresses by falling scope; the newest of a scope stands first. */
export function addIpv6Address(dev: NetDevice, request: Ipv6IfAddress): void {
  if (dev.addresses6.some((address) => address.address === request.address)) throw new KernelError('EEXIST')
  const at = dev.addresses6.findIndex((address) => address.scope >= request.scope)
  dev.addresses6.splice(at < 0 ? dev.addresses6.length : at, 0, request)
  tell(dev, request, 'new')
}

export function deleteIpv6Address(dev: NetDevice, address: Ipv6Address, length: number): void {
  const at = dev.addresses6.findIndex((known) => known.address === address && known.length === length)
  if (at < 0) throw new KernelError('EADDRNOTAVAIL', 'ipv6: address not found')
  const [gone] = dev.addresses6.splice(at, 1)
  tell(dev, gone!, 'del')
}

function tell(dev: NetDevice, address: Ipv6IfAddress, change: 'new' | 'del'): void {
  const { netns } = dev
  netns.fib.touch()
  const { events } = netns.kernel
  if (events.isWatched) events.emit({ kind: 'addr6', change, netns, dev, address })
}
