// The /31 pairs between a router's namespace and the fip namespace: 169.254.64.0/18 in 8192 pieces, in the order in which Python 3.8 and
// later takes them out of a set.
import type { Ipv4Address } from '../../../addr/ipv4.js'
import { formatPrefix, parseIpv4, parsePrefix } from '../../../addr/ipv4.js'
import type { Agent } from '../../agent.js'
import { type Hashes, Python3Set, tupleHashes } from '../../python3-set.js'
import { ItemAllocator, type ItemText, type Pool } from './item-allocator.js'

const BASE = parseIpv4('169.254.64.0')!
const PAIRS = 8192

/** The first that a new set gives out, as numbers of pairs: the set itself is built when they are not enough. */
const FIRST = [3139, 6216, 8160, 7169, 1787, 3731, 5817, 4826, 6770, 1388, 7337, 2908, 4994, 6938, 1556, 565, 2509, 4595, 6539, 166]

export class LinkLocalPair {
  /** Which of the pairs of the range it is. */
  readonly number: number

  constructor(
    /** The router's end. */
    readonly rfp: Ipv4Address,
  ) {
    this.number = ((rfp - BASE) | 0) >> 1
  }

  /** The end in the fip namespace. */
  get fpr(): Ipv4Address {
    return (this.rfp + 1) | 0
  }
}

const TEXT: ItemText<LinkLocalPair> = {
  name: "<class 'neutron.agent.l3.link_local_allocator.LinkLocalAddressPair'>",
  format: ({ rfp }) => formatPrefix({ address: rfp, length: 31 }),
  parse: (text) => {
    const prefix = parsePrefix(text)
    return prefix === null ? null : new LinkLocalPair(prefix.address & ~1)
  },
}

class PairSet implements Pool<LinkLocalPair> {
  /** Null while `FIRST` says all that is asked. */
  private set: Python3Set | null = null
  private next = 0
  private readonly taken = new Set<number>()

  take({ number }: LinkLocalPair): void {
    if (number < 0 || number >= PAIRS) return
    this.taken.add(number)
    this.set?.delete(number)
  }

  pop(): LinkLocalPair | null {
    if (this.set === null) {
      while (this.taken.has(FIRST[this.next] ?? -1)) this.next++
      const number = FIRST[this.next]
      if (number !== undefined) {
        this.next++
        return pairOf(number)
      }
    }
    const number = this.whole().pop()
    return number === null ? null : pairOf(number)
  }

  giveBack({ number }: LinkLocalPair): void {
    if (number >= 0 && number < PAIRS) this.whole().add(number)
  }

  private whole(): Python3Set {
    if (this.set !== null) return this.set
    const set = fullSet().copy()
    for (const number of this.taken) set.delete(number)
    const given = FIRST.slice(0, this.next).filter((number) => !this.taken.has(number))
    for (const _ of given) set.pop()
    this.set = set
    return set
  }
}

let full: Python3Set | null = null

function fullSet(): Python3Set {
  if (full !== null) return full
  full = new Python3Set(hashes())
  for (let number = 0; number < PAIRS; number++) full.add(number)
  return full
}

/** netaddr's network is the tuple of its version, first and last address. */
function hashes(): Hashes {
  return tupleHashes(4, PAIRS, (number) => {
    const { rfp, fpr } = pairOf(number)
    return [rfp >>> 0, fpr >>> 0]
  })
}

function pairOf(number: number): LinkLocalPair {
  return new LinkLocalPair((BASE + 2 * number) | 0)
}

/** By router id. */
export class LinkLocalAllocator extends ItemAllocator<LinkLocalPair> {
  constructor(agent: Agent) {
    super(agent, 'fip-linklocal-networks', TEXT, new PairSet())
  }
}
