// Names of addresses, ports and protocols from the machine's files and its name servers.
import { formatIpv4, type Ipv4Address, parseIpv4 } from '../../addr/ipv4.js'
import { type Ipv6Address, parseIpv6 } from '../../addr/ipv6.js'
import type { Process } from '../../node/process.js'
import { nameOfAddress, resolveHost } from '../../node/resolver.js'
import { ipv6Text, type Names } from './dissector.js'
import type { FilterNames } from './filter/state.js'

/** Everything as a number: -n, and the pass that finds out which names are needed. */
export const NUMERIC: Names = {
  host: formatIpv4,
  host6: ipv6Text,
  port: (_protocol, port) => String(port),
  protocol: () => null,
}

/** /etc/services and /etc/protocols. */
class NumberNames {
  private readonly ports = new Map<string, number>()
  private readonly portNames = new Map<string, string>()
  private readonly protocols = new Map<string, number>()
  private readonly protocolNames = new Map<number, string>()

  constructor(proc: Process) {
    for (const [name, entry, ...aliases] of tableLines(proc, '/etc/services')) {
      const [port, protocol] = (entry ?? '').split('/')
      if (protocol === undefined) continue
      for (const word of [name!, ...aliases])
        if (!this.ports.has(`${word}/${protocol}`)) this.ports.set(`${word}/${protocol}`, Number(port))
      if (!this.portNames.has(entry!)) this.portNames.set(entry!, name!)
    }
    for (const [name, number, ...aliases] of tableLines(proc, '/etc/protocols')) {
      for (const word of [name!, ...aliases]) if (!this.protocols.has(word)) this.protocols.set(word, Number(number))
      if (!this.protocolNames.has(Number(number))) this.protocolNames.set(Number(number), name!)
    }
  }

  port(name: string, protocol: string): number | null {
    return this.ports.get(`${name}/${protocol}`) ?? null
  }

  portName(port: number, protocol: string): string | null {
    return this.portNames.get(`${port}/${protocol}`) ?? null
  }

  protocol(name: string): number | null {
    return this.protocols.get(name) ?? null
  }

  protocolName(number: number): string | null {
    return this.protocolNames.get(number) ?? null
  }
}

/** Looks names up while packets are printed: what is not known yet is collected, asked for, and kept. */
export class NameBook implements Names {
  private readonly hosts = new Map<Ipv4Address, string>()
  private readonly wanted = new Set<Ipv4Address>()
  private readonly numbers: NumberNames
  private readonly hosts6: ReadonlyMap<Ipv6Address, string>

  constructor(
    private readonly proc: Process,
    /** -N: without the domain. */
    private readonly isShort: boolean,
  ) {
    this.numbers = new NumberNames(proc)
    this.hosts6 = hostNames6(proc)
  }

  host(address: Ipv4Address): string {
    const name = this.hosts.get(address)
    if (name === undefined) this.wanted.add(address)
    return name ?? formatIpv4(address)
  }

  host6(address: Ipv6Address): string {
    const name = this.hosts6.get(address)
    return name === undefined ? ipv6Text(address) : this.shorten(name)
  }

  port(protocol: 'tcp' | 'udp', port: number): string {
    return this.numbers.portName(port, protocol) ?? String(port)
  }

  protocol(proto: number): string | null {
    return this.numbers.protocolName(proto)
  }

  get isComplete(): boolean {
    return this.wanted.size === 0
  }

  /** Asks for all names that were missed; an address without one stays a number. */
  async lookUp(): Promise<void> {
    for (const address of this.wanted) {
      const name = await nameOfAddress(this.proc, address)
      this.hosts.set(address, name === null ? formatIpv4(address) : this.shorten(name))
    }
    this.wanted.clear()
  }

  private shorten(name: string): string {
    return this.isShort ? name.replace(/\..*$/, '') : name
  }
}

/** Names in a filter; hosts are collected as they are missed, and asked for before the next try. */
export class FilterNameBook implements FilterNames {
  private readonly found = new Map<string, readonly Ipv4Address[]>()
  private readonly wanted = new Set<string>()
  private readonly numbers: NumberNames
  private readonly hosts6: ReadonlyMap<Ipv6Address, string>

  constructor(private readonly proc: Process) {
    this.numbers = new NumberNames(proc)
    this.hosts6 = hostNames6(proc)
  }

  addresses(name: string): readonly Ipv4Address[] {
    const known = this.found.get(name)
    if (known === undefined) this.wanted.add(name)
    return known ?? []
  }

  addresses6(name: string): readonly Ipv6Address[] {
    return [...this.hosts6].filter(([, other]) => other === name).map(([address]) => address)
  }

  port(name: string, protocol: 'tcp' | 'udp'): number | null {
    return this.numbers.port(name, protocol)
  }

  protocol(name: string): number | null {
    return this.numbers.protocol(name)
  }

  get isComplete(): boolean {
    return this.wanted.size === 0
  }

  async lookUp(): Promise<void> {
    for (const name of this.wanted) {
      const answer = await resolveHost(this.proc, name)
      this.found.set(name, typeof answer === 'string' ? [] : [answer.address])
    }
    this.wanted.clear()
  }
}

function hostNames6(proc: Process): ReadonlyMap<Ipv6Address, string> {
  const names = new Map<Ipv6Address, string>()
  for (const [text, name] of tableLines(proc, '/etc/hosts')) {
    const address = parseIpv4(text!) === null ? parseIpv6(text!) : null
    if (address !== null && name !== undefined && !names.has(address)) names.set(address, name)
  }
  return names
}

/** Words of every line that is not a comment; nothing when there is no such file. */
function tableLines(proc: Process, path: string): string[][] {
  if (!proc.files.isFile(path)) return []
  return proc.files
    .read(path)
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/))
}
