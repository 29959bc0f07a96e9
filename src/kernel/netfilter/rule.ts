// One rule: the header that is compared inline, its matches, its target, its counters. Text is printed from here.

import type { Ipv4Address } from '../../addr/ipv4.js'
import { maskOf } from '../../addr/ipv4.js'
import type { Ipv6Address } from '../../addr/ipv6.js'
import { Copied } from '../../sim/copied.js'
import { intern } from '../intern.js'
import type { RuleHit } from './evaluate.js'
import type { Match, Target, TargetVerdict } from './extension.js'
import type { HookState } from './hook-state.js'
import type { Netfilter } from './hooks.js'
import type { Chain } from './table.js'

/** An IPv6 prefix of a rule; null in the header means any. */
export interface Prefix6 {
  readonly address: Ipv6Address
  readonly mask: Ipv6Address
}

/** What stands before the matches: addresses, devices, protocol, each with its inversion. */
export class RuleHeader {
  src: Ipv4Address = 0
  srcMask: Ipv4Address = 0
  dst: Ipv4Address = 0
  dstMask: Ipv4Address = 0
  src6: Prefix6 | null = null
  dst6: Prefix6 | null = null
  /** '' is any; a `+` at the end matches every device whose name begins so. */
  inDev = ''
  outDev = ''
  /** 0 is any. */
  protocol = 0
  fragment = false
  invSrc = false
  invDst = false
  invIn = false
  invOut = false
  invProtocol = false
  invFragment = false

  copy(): RuleHeader {
    const next = new RuleHeader()
    next.src = this.src
    next.srcMask = this.srcMask
    next.dst = this.dst
    next.dstMask = this.dstMask
    next.src6 = this.src6
    next.dst6 = this.dst6
    next.inDev = this.inDev
    next.outDev = this.outDev
    next.protocol = this.protocol
    next.fragment = this.fragment
    next.invSrc = this.invSrc
    next.invDst = this.invDst
    next.invIn = this.invIn
    next.invOut = this.invOut
    next.invProtocol = this.invProtocol
    next.invFragment = this.invFragment
    return next
  }
}

export class MatchUse extends Copied {
  test: ((state: HookState) => boolean) | null = null
  memory: object | null = null

  constructor(
    readonly spec: Match,
    readonly params: unknown,
  ) {
    super()
  }

  attach(netfilter: Netfilter): void {
    this.spec.attach?.(this.params, netfilter)
    this.memory = this.spec.memory?.(this.params, netfilter) ?? null
    this.compile()
  }

  compile(): void {
    this.test = this.spec.compile(this.params, this.memory as object)
  }
}

export type StandardVerdict = 'ACCEPT' | 'DROP' | 'RETURN' | 'QUEUE'

/** `none`: the rule only counts (iptables without -j). */
export type RuleTarget =
  | { readonly kind: 'none' }
  | { readonly kind: 'standard'; readonly verdict: StandardVerdict }
  | { readonly kind: 'chain'; readonly chain: string; readonly goto: boolean }
  | { readonly kind: 'extension'; readonly spec: Target; readonly params: unknown }

/** What a rule does when it matches, as a number: the walk asks for every packet. */
export const ACT = { none: 0, jump: 1, goto: 2, accept: 3, drop: 4, return: 5, apply: 6 } as const
export type Act = (typeof ACT)[keyof typeof ACT]

function actOf(target: RuleTarget): Act {
  switch (target.kind) {
    case 'none':
      return ACT.none
    case 'chain':
      return target.goto ? ACT.goto : ACT.jump
    case 'standard':
      if (target.verdict === 'ACCEPT') return ACT.accept
      // Nobody listens on the packet queues of a lab: QUEUE loses the packet, as on Linux.
      return target.verdict === 'RETURN' ? ACT.return : ACT.drop
    case 'extension':
      return ACT.apply
  }
}

export class Rule extends Copied {
  packets = 0
  bytes = 0
  readonly act: Act
  /** Every packet matches. */
  readonly isPlain: boolean
  /** What the last trace was told of it. */
  hit: RuleHit | null = null
  /** Set while the rule is in a table. */
  apply: ((state: HookState) => TargetVerdict) | null = null
  readonly needsConntrack: boolean
  private readonly inName: string
  private readonly outName: string
  private jumpIn: ReadonlyMap<string, Chain> | null = null
  private jump: Chain | null = null
  private readonly inPrefix: string | null
  private readonly outPrefix: string | null

  constructor(
    readonly header: RuleHeader,
    readonly matches: readonly MatchUse[],
    readonly target: RuleTarget,
  ) {
    super()
    this.inName = intern(header.inDev)
    this.outName = intern(header.outDev)
    this.inPrefix = header.inDev.endsWith('+') ? header.inDev.slice(0, -1) : null
    this.outPrefix = header.outDev.endsWith('+') ? header.outDev.slice(0, -1) : null
    this.act = actOf(target)
    this.isPlain = matches.length === 0 && isAnything(header)
    this.needsConntrack =
      matches.some((use) => needs(use.spec, use.params)) || (target.kind === 'extension' && needs(target.spec, target.params))
  }

  /** Builds what runs for packets. */
  attach(netfilter: Netfilter): void {
    for (const use of this.matches) use.attach(netfilter)
    if (this.target.kind === 'extension') {
      this.target.spec.attach?.(this.target.params, netfilter)
      this.apply = this.target.spec.compile(this.target.params)
    }
    if (this.needsConntrack) netfilter.conntrack.need(1)
  }

  detach(netfilter: Netfilter): void {
    for (const use of this.matches) use.spec.detach?.(use.params, netfilter)
    if (this.target.kind === 'extension') this.target.spec.detach?.(this.target.params, netfilter)
    if (this.needsConntrack) netfilter.conntrack.need(-1)
  }

  withTarget(target: RuleTarget): Rule {
    const next = new Rule(this.header, this.matches, target)
    next.packets = this.packets
    next.bytes = this.bytes
    return next
  }

  /** Name and text of each match, for what checks the rule as a whole. */
  savedMatches(): { name: string; saved: string }[] {
    const context = { numeric: true, atLeast: () => true, serviceName: () => null }
    return this.matches.map(({ spec, params }) => ({ name: spec.name, saved: spec.save(params, context) }))
  }

  /** The chain that the rule's target names; looked up anew when the table was replaced. Precondition: the target is a chain. */
  chainIn(chains: ReadonlyMap<string, Chain>): Chain {
    if (this.jumpIn !== chains && this.target.kind === 'chain') {
      this.jumpIn = chains
      this.jump = chains.get(this.target.chain)!
    }
    return this.jump!
  }

  /** Header first, because it is cheap and decides most rules; then the matches in the order given. */
  test(state: HookState): boolean {
    const header = this.header
    const ip = state.ip
    if (((ip.src & header.srcMask) !== header.src) !== header.invSrc) return false
    if (((ip.dst & header.dstMask) !== header.dst) !== header.invDst) return false
    if (this.inName !== '' && this.matchesIn(state) === header.invIn) return false
    if (this.outName !== '' && this.matchesOut(state) === header.invOut) return false
    if (header.protocol !== 0 && (ip.proto === header.protocol) === header.invProtocol) return false
    if (header.fragment && (ip.fragOffset !== 0) === header.invFragment) return false
    const matches = this.matches
    for (let i = 0; i < matches.length; i++) if (!matches[i]!.test!(state)) return false
    return true
  }

  private matchesIn(state: HookState): boolean {
    const name = state.inDev === null ? '' : state.inDev.name
    return this.inPrefix === null ? name === this.inName : name.startsWith(this.inPrefix)
  }

  private matchesOut(state: HookState): boolean {
    const name = state.outDev === null ? '' : state.outDev.name
    return this.outPrefix === null ? name === this.outName : name.startsWith(this.outPrefix)
  }
}

function isAnything(header: RuleHeader): boolean {
  if (header.srcMask !== 0 || header.dstMask !== 0 || header.src !== 0 || header.dst !== 0) return false
  if (header.invSrc || header.invDst || header.inDev !== '' || header.outDev !== '') return false
  return header.protocol === 0 && !header.fragment
}

/** A host address, not inverted: such rules can be found by the address. */
export function exactAddress(address: Ipv4Address, mask: Ipv4Address, inverted: boolean): Ipv4Address | null {
  return !inverted && mask === maskOf(32) ? address : null
}

function needs<P>(spec: { needsConntrack?: boolean | ((params: P) => boolean) }, params: P): boolean {
  const need = spec.needsConntrack
  return typeof need === 'function' ? need(params) : need === true
}
