// What a filter's compiler knows while it reads: the link type, and where the headers stand by now.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import type { Ipv6Address } from '../../../addr/ipv6.js'
import { DLT_RAW, LINKTYPE_EN10MB, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2, LINKTYPE_RAW } from '../../../wire/pcap.js'
import { FilterError } from './lexer.js'
import { type Comparison, compare, type Run, type Test } from './tests.js'

/** Names that a filter may use, from the machine's files. */
export interface FilterNames {
  addresses(name: string): readonly Ipv4Address[]
  addresses6(name: string): readonly Ipv6Address[]
  /** Null when there is no such service over this protocol. */
  port(name: string, protocol: 'tcp' | 'udp'): number | null
  protocol(name: string): number | null
}

export interface FilterContext {
  readonly linkType: number
  /** Of a live capture: VLAN tags and directions stand beside the frame. */
  readonly live: boolean
  /** Of the device's first address; 0 when there is none, as when reading a file. */
  readonly netmask: Ipv4Address
  readonly names: FilterNames
}

/** A place in the packet: a constant, plus what a register holds when the packet is there. */
export interface Offset {
  readonly constant: number
  readonly register: number | null
}

/** The kinds of link header that change how types are tested. */
export type LinkKind = 'ethernet' | 'sll' | 'sll2' | 'raw' | 'ppp'

/** What an offset counts from. */
export type Base = 'link' | 'type' | 'llc' | 'network' | 'transport4' | 'transport6'

const LINKS: Readonly<Record<number, readonly [LinkKind, number, number]>> = {
  [LINKTYPE_EN10MB]: ['ethernet', 12, 14],
  [LINKTYPE_LINUX_SLL]: ['sll', 14, 16],
  [LINKTYPE_LINUX_SLL2]: ['sll2', 0, 20],
  [LINKTYPE_RAW]: ['raw', 0, 0],
  [DLT_RAW]: ['raw', 0, 0],
}

/** Moves as tags and labels are read: `vlan` shifts every later offset, also behind an `or`. */
export class CompilerState {
  link: LinkKind
  linkHeader: Offset = { constant: 0, register: null }
  /** Of the type field. */
  linkType: Offset
  payload: Offset
  /** Bytes between the link's payload and the network header: MPLS labels. */
  network = 0
  vlanDepth = 0
  labelDepth = 0
  inGeneve = false
  /** False for filters that libpcap does not optimise, and so never finds contradictory. */
  optimised = true
  private registers = 0

  constructor(readonly context: FilterContext) {
    const link = LINKS[context.linkType]
    if (link === undefined) throw new FilterError(`unknown data link type ${context.linkType}`)
    this.link = link[0]
    this.linkType = { constant: link[1], register: null }
    this.payload = { constant: link[2], register: null }
  }

  newRegister(): number {
    return this.registers++
  }

  /** A function that finds the place when the packet is there, and a name for it. */
  place(base: Base, offset: number): { key: string; at: (run: Run) => number } {
    if (base === 'transport4') return this.transport4(offset)
    const [from, extra] = this.baseOffset(base)
    const constant = from.constant + extra + offset
    const register = from.register
    if (register === null) return { key: `${constant}`, at: () => constant }
    return { key: `r${register}+${constant}`, at: (run) => run.registers[register]! + constant }
  }

  private baseOffset(base: Exclude<Base, 'transport4'>): [Offset, number] {
    switch (base) {
      case 'link':
        return [this.linkHeader, 0]
      case 'type':
        return [this.linkType, 0]
      case 'llc':
        return [this.payload, 0]
      case 'network':
        return [this.payload, this.network]
      case 'transport6':
        return [this.payload, this.network + 40]
    }
  }

  /** Behind an IPv4 header, whose length its first byte says. */
  private transport4(offset: number): { key: string; at: (run: Run) => number } {
    const network = this.place('network', 0)
    return {
      key: `t${network.key}+${offset}`,
      at: (run) => {
        const header = network.at(run)
        return header + ((run.load(header, 1) & 15) << 2) + offset
      },
    }
  }

  /** Compares the bytes at a place; `mask` null: all bits. */
  field(base: Base, offset: number, size: 1 | 2 | 4, comparison: Comparison, value: number, mask: number | null = null): Test {
    const { key, at } = this.place(base, offset)
    if (mask === null) return compare(`${key}:${size}`, (run) => run.load(at(run), size), comparison, value)
    const bits = mask >>> 0
    return compare(`${key}:${size}&${bits}`, (run) => (run.load(at(run), size) & bits) >>> 0, comparison, value)
  }
}
