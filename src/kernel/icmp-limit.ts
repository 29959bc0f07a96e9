// How often this machine may complain to one destination: token buckets per peer (Linux: inet_peer).

import type { Ipv4Address } from '../addr/ipv4.js'
import { Copied } from '../sim/copied.js'
import type { Scheduler } from '../sim/scheduler.js'

const BURST = 6
const REDIRECT_SILENCE_US = 20_480_000
const REDIRECT_LOAD_US = 20_000
const REDIRECT_NUMBER = 9

class Peer {
  tokensUs: number
  lastUs: number
  redirects = 0
  redirectUs = Number.NEGATIVE_INFINITY
  constructor(nowUs: number, fullUs: number) {
    this.tokensUs = fullUs
    this.lastUs = nowUs
  }
}

export class IcmpLimits extends Copied {
  private readonly peers = new Map<Ipv4Address, Peer>()

  constructor(private readonly scheduler: Scheduler) {
    super()
  }

  private peer(address: Ipv4Address, fullUs: number): Peer {
    let peer = this.peers.get(address)
    if (peer === undefined) {
      peer = new Peer(this.scheduler.nowUs, fullUs)
      this.peers.set(address, peer)
    }
    return peer
  }

  /** Six at once, then one per `intervalMs`. 0: no limit. */
  allow(address: Ipv4Address, intervalMs: number): boolean {
    if (intervalMs === 0) return true
    const costUs = intervalMs * 1000
    const peer = this.peer(address, BURST * costUs)
    const now = this.scheduler.nowUs
    peer.tokensUs = Math.min(peer.tokensUs + now - peer.lastUs, BURST * costUs)
    peer.lastUs = now
    if (peer.tokensUs < costUs) return false
    peer.tokensUs -= costUs
    return true
  }

  /** Redirects come at growing distances, and stop after nine that were ignored, until 20 s of silence. */
  allowRedirect(address: Ipv4Address): boolean {
    const peer = this.peer(address, BURST * 1_000_000)
    const now = this.scheduler.nowUs
    if (now > peer.redirectUs + REDIRECT_SILENCE_US) peer.redirects = 0
    if (peer.redirects >= REDIRECT_NUMBER) {
      peer.redirectUs = now
      return false
    }
    if (peer.redirects > 0 && now <= peer.redirectUs + REDIRECT_LOAD_US * 2 ** peer.redirects) return false
    peer.redirectUs = now
    peer.redirects++
    return true
  }
}
