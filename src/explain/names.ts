// From the words a person gives (a node, a namespace, an address, an object of the cloud) to where a probe starts and where it goes.
import { formatIpv4, type Ipv4Address, parseIpv4 } from '../addr/ipv4.js'
import type { MacAddress } from '../addr/mac.js'
import type { Kernel } from '../kernel/kernel.js'
import type { NetNamespace } from '../kernel/netns.js'
import { suggest } from '../scenario/suggest.js'
import type { CloudNames, NamedFloatingIp, NamedPort, NamedRouter, NamedServer } from './cloud-names.js'

/** What the words do not mean anything in this lab: told in one line, a mistake of the caller. */
export class NameError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NameError'
  }
}

export interface NameBook {
  readonly kernels: ReadonlyMap<string, Kernel>
  readonly cloud: CloudNames | null
}

export interface FromEnd {
  readonly node: string
  readonly netns: string
  /** The long form; null: it was given so. */
  readonly long: string | null
}

export interface ToEnd {
  readonly address: Ipv4Address
  readonly long: string | null
}

const KINDS = ['server', 'fip', 'port', 'router'] as const
type Kind = (typeof KINDS)[number]

export const OBJECT_WORDS: readonly string[] = KINDS.map((kind) => `${kind}=`)

function objectOf(text: string): { kind: Kind; value: string } | null {
  const at = text.indexOf('=')
  if (at < 0) return null
  const kind = KINDS.find((each) => each === text.slice(0, at))
  if (kind === undefined) throw new NameError(`"${text}": expected NODE, NODE:NETNS, an address, ${OBJECT_WORDS.join(', ')}`)
  return { kind, value: text.slice(at + 1) }
}

/** What looks like an address that a probe can have, but is none. */
function refuseAddress(text: string): void {
  if (/^[\d./]+$/.test(text)) throw new NameError(`"${text}" is no IPv4 address`)
  if (/^[\da-f]*:[\da-f:.]*:[\da-f.]*$/i.test(text)) throw new NameError(`"${text}": probes are sent over IPv4 only`)
}

export function resolveFrom(text: string, book: NameBook): FromEnd {
  const address = parseIpv4(text)
  if (address !== null) return fromAddress(address, book)
  const object = objectOf(text)
  if (object === null) return fromNode(text, book)
  const cloud = cloudOf(book, text)
  switch (object.kind) {
    case 'server': {
      const server = serverOf(object.value, cloud)
      return behind(server.ports, book, `server ${server.name} (${server.id})`)
    }
    case 'fip': {
      const fip = floatingIpOf(object.value, cloud)
      if (fip.server === null)
        throw new NameError(`floating IP ${formatIpv4(fip.address)} belongs to no server: nothing can be sent from it`)
      return behind(fip.server.ports, book, `floating IP ${formatIpv4(fip.address)} of server ${fip.server.name}`)
    }
    case 'port': {
      const port = portOf(object.value, cloud)
      return behind([port], book, `port ${port.id}`)
    }
    case 'router': {
      const router = routerOf(object.value, cloud)
      if (router.host === null) throw new NameError(`router ${router.name} is on no host`)
      const end = fromNode(`${router.host}:${router.namespace}`, book)
      return { ...end, long: `router ${router.name} = ${router.host}:${router.namespace}` }
    }
  }
}

function fromNode(text: string, book: NameBook): FromEnd {
  refuseAddress(text)
  const at = text.indexOf(':')
  const node = at < 0 ? text : text.slice(0, at)
  const netns = at < 0 ? '' : text.slice(at + 1)
  const kernel = book.kernels.get(node) ?? unknown('node', node, [...book.kernels.keys()])
  if (netns === '') return { node, netns, long: null }
  const found = [...kernel.namespaces].filter(({ name }) => name === netns || (name !== '' && name.startsWith(netns)))
  const exact = found.find(({ name }) => name === netns) ?? (found.length === 1 ? found[0]! : null)
  if (exact === null) {
    if (found.length > 1) throw new NameError(`"${netns}" means several namespaces of ${node}: ${found.map(({ name }) => name).join(', ')}`)
    const names = [...kernel.namespaces].map(({ name }) => name).filter((name) => name !== '')
    return unknown('namespace', netns, names, ` on ${node}`)
  }
  return { node, netns: exact.name, long: exact.name === netns ? null : `${text} = ${node}:${exact.name}` }
}

/** The one namespace that has the address. */
function fromAddress(address: Ipv4Address, { kernels }: NameBook): FromEnd {
  const places = new Set<NetNamespace>()
  for (const kernel of kernels.values()) {
    for (const netns of kernel.namespaces) {
      for (const dev of netns.devices) if (dev.addresses.some(({ local }) => local === address)) places.add(netns)
    }
  }
  const [first, ...others] = places
  if (first === undefined) throw new NameError(`no machine or namespace has the address ${formatIpv4(address)}`)
  if (others.length > 0) throw new NameError(`${formatIpv4(address)} is in several places: ${[first, ...others].map(placeName).join(', ')}`)
  return { node: first.kernel.name, netns: first.name, long: `${formatIpv4(address)} = ${placeName(first)}` }
}

/** The namespace that has a device with the MAC of the port: in the guest, or on a host for ports of agents. */
function behind(ports: readonly NamedPort[], book: NameBook, what: string): FromEnd {
  for (const { mac } of ports) {
    const found = netnsWithMac(mac, book)
    if (found !== null) return { node: found.kernel.name, netns: found.name, long: `${what} = ${placeName(found)}` }
  }
  throw new NameError(`${what} has no machine that runs in this lab`)
}

function placeName(netns: NetNamespace): string {
  return netns.name === '' ? netns.kernel.name : `${netns.kernel.name}:${netns.name}`
}

function netnsWithMac(mac: MacAddress, { kernels }: NameBook): NetNamespace | null {
  for (const kernel of kernels.values()) {
    for (const netns of kernel.namespaces) {
      for (const dev of netns.devicesByIndex.values()) if (dev.mac === mac && dev.addresses.length > 0) return netns
    }
  }
  return null
}

export function resolveTo(text: string, book: NameBook): ToEnd {
  const address = parseIpv4(text)
  if (address !== null) return { address, long: null }
  const object = objectOf(text)
  if (object === null) return toNode(text, book)
  const cloud = cloudOf(book, text)
  switch (object.kind) {
    case 'server': {
      const server = serverOf(object.value, cloud)
      return toFirst(
        server.ports.flatMap(({ addresses }) => addresses),
        `server ${server.name} (${server.id})`,
      )
    }
    case 'fip': {
      const fip = floatingIpOf(object.value, cloud)
      return { address: fip.address, long: `floating IP ${fip.id === '' ? '' : `${fip.id} `}= ${formatIpv4(fip.address)}${ownerText(fip)}` }
    }
    case 'port': {
      const port = portOf(object.value, cloud)
      return toFirst(port.addresses, `port ${port.id}`)
    }
    case 'router': {
      const router = routerOf(object.value, cloud)
      return toFirst(router.gateway, `router ${router.name} (${router.id})`)
    }
  }
}

function ownerText({ server }: NamedFloatingIp): string {
  return server === null ? ', which no server has' : ` of server ${server.name}`
}

function toFirst(addresses: readonly Ipv4Address[], what: string): ToEnd {
  const [address] = addresses
  if (address === undefined) throw new NameError(`${what} has no address`)
  return { address, long: `${what} = ${formatIpv4(address)}` }
}

/** A source address is one, not the first that a place has: a probe cannot have several. */
export function resolveSource(text: string): Ipv4Address {
  const address = parseIpv4(text)
  if (address === null) throw new NameError(`"${text}": expected an IPv4 address as --source`)
  return address
}

function toNode(text: string, book: NameBook): ToEnd {
  const { node, netns } = fromNode(text, book)
  const space = [...book.kernels.get(node)!.namespaces].find(({ name }) => name === netns)!
  for (const dev of space.devices) {
    if (dev === space.loopback) continue
    const own = dev.addresses[0]
    if (own !== undefined) return { address: own.local, long: `${text} = ${formatIpv4(own.local)} (${dev.name})` }
  }
  throw new NameError(`${text} has no address`)
}

function cloudOf({ cloud }: NameBook, text: string): CloudNames {
  if (cloud === null) throw new NameError(`"${text}": this lab has no cloud`)
  return cloud
}

function serverOf(value: string, { servers }: CloudNames): NamedServer {
  return one('server', value, servers, ({ id, name, machine }) => [name, machine ?? '', id])
}

function floatingIpOf(value: string, { floatingIps }: CloudNames): NamedFloatingIp {
  return one('floating IP', value, floatingIps, ({ id, address }) => [formatIpv4(address), id])
}

function portOf(value: string, { ports }: CloudNames): NamedPort {
  return one('port', value, ports, ({ id, name }) => [name, id])
}

function routerOf(value: string, { routers }: CloudNames): NamedRouter {
  return one('router', value, routers, ({ id, name }) => [name, id])
}

/** By name or id, or the beginning of an id that only one has. */
function one<T>(what: string, value: string, all: readonly T[], namesOf: (row: T) => readonly string[]): T {
  const exact = value === '' ? [] : all.filter((row) => namesOf(row).includes(value))
  const found = exact.length > 0 ? exact : value.length < 4 ? [] : all.filter((row) => namesOf(row).at(-1)!.startsWith(value))
  if (found.length > 1)
    throw new NameError(`"${value}" means several of a kind (${what}): ${found.map((row) => namesOf(row).at(-1)).join(', ')}`)
  return (
    found[0] ??
    unknown(
      what,
      value,
      // Ports often have no name.
      all.map((row) => namesOf(row).find((name) => name !== '') ?? '').filter((name) => name !== ''),
    )
  )
}

function unknown(what: string, value: string, known: readonly string[], where = ''): never {
  const near = suggest(value, known)
  const list = known.length === 0 ? 'there is none' : `known: ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', ...' : ''}`
  throw new NameError(`no ${what} "${value}"${where}${near === null ? '' : `; did you mean "${near}"?`} (${list})`)
}

/** Everything that may stand behind --from and --to, for completion. */
export function endWords(book: NameBook): string[] {
  const { cloud, kernels } = book
  const words = [...kernels.keys()]
  for (const kernel of kernels.values()) for (const { name } of kernel.namespaces) if (name !== '') words.push(`${kernel.name}:${name}`)
  if (cloud === null) return words
  words.push(...cloud.servers.map(({ name, machine }) => `server=${machine ?? name}`))
  words.push(...cloud.floatingIps.map(({ address }) => `fip=${formatIpv4(address)}`))
  words.push(...cloud.routers.map(({ name }) => `router=${name}`))
  words.push(...cloud.ports.map(({ id }) => `port=${id}`))
  return words
}
