// -j TCPMSS: lowers the maximum segment size that a SYN announces.

import { PROTO_TCP } from '../../../wire/ipv4.js'
import { TCP_SYN, TcpSegment } from '../../../wire/tcp.js'
import { unsigned } from '../arguments.js'
import { defineTarget, optionsOf } from '../extension.js'
import type { HookState } from '../hook-state.js'
import { badParameter } from '../xtables-error.js'

interface Params {
  /** null: by the path MTU. */
  mss: number | null
}

const { option, flag } = optionsOf<Params>()
const HEADERS = 40

export const tcpmssTarget = defineTarget<Params>({
  name: 'TCPMSS',
  help: 'lowers the maximum segment size of a SYN',
  protocols: [PROTO_TCP],
  options: [
    option('set-mss', unsigned(65535), (p, mss) => (p.mss = mss), { excludes: ['clamp-mss-to-pmtu'] }),
    flag('clamp-mss-to-pmtu', (p) => (p.mss = null), { excludes: ['set-mss'] }),
  ],
  init: () => ({ mss: null }),
  finish(_p, seen) {
    if (seen.size === 0) throw badParameter('TCPMSS target: At least one parameter is required')
  },
  checkRule: (matches) => {
    const tcp = matches.find((use) => use.name === 'tcp')
    return tcp !== undefined && / --tcp-flags [A-Z,]*SYN[A-Z,]* [A-Z,]*SYN/.test(tcp.saved)
      ? null
      : 'xt_TCPMSS: Only works on TCP SYN packets'
  },
  compile: (p) => (state) => {
    const segment = state.ip.payload
    if (segment instanceof Uint8Array || segment.kind !== 'tcp' || (segment.flags & TCP_SYN) === 0) return 'CONTINUE'
    const limit = p.mss ?? pathMtu(state) - HEADERS
    const options = clamp(segment.options, limit, p.mss !== null)
    if (options !== null) state.setIp(state.ip.withPayload(withOptions(segment, options)))
    return 'CONTINUE'
  },
  print: (p) => (p.mss === null ? ' TCPMSS clamp to PMTU' : ` TCPMSS set ${p.mss}`),
  save: (p) => (p.mss === null ? ' --clamp-mss-to-pmtu' : ` --set-mss ${p.mss}`),
})

function pathMtu(state: HookState): number {
  const out = state.pkt.route?.mtu(state.nowUs) ?? state.outDev?.mtu ?? 1500
  return state.inDev === null ? out : Math.min(out, state.inDev.mtu)
}

/** Never raises the size; null: nothing to change. */
function clamp(options: Uint8Array, limit: number, mayAdd: boolean): Uint8Array | null {
  for (let at = 0; at < options.length; ) {
    const kind = options[at]!
    if (kind === 0) break
    if (kind === 1) {
      at++
      continue
    }
    const length = options[at + 1] ?? 0
    if (length < 2) break
    if (kind === 2 && length === 4) {
      const old = (options[at + 2]! << 8) | options[at + 3]!
      if (old <= limit) return null
      const next = options.slice()
      next[at + 2] = limit >> 8
      next[at + 3] = limit & 0xff
      return next
    }
    at += length
  }
  if (!mayAdd || options.length > 36) return null
  const next = new Uint8Array(options.length + 4)
  next.set([2, 4, limit >> 8, limit & 0xff])
  next.set(options, 4)
  return next
}

function withOptions(segment: TcpSegment, options: Uint8Array): TcpSegment {
  const { sport, dport, seq, ack, flags, window, checksum, urgent, payload } = segment
  return new TcpSegment({ sport, dport, seq, ack, flags, window, checksum, urgent, options, payload })
}
