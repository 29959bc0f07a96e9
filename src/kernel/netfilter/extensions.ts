// All matches and targets by name: the one list of what rules can say.
import type { Match, Target } from './extension.js'
import { addrtypeMatch } from './matches/addrtype.js'
import { commentMatch } from './matches/comment.js'
import { connbytesMatch } from './matches/connbytes.js'
import { connlimitMatch } from './matches/connlimit.js'
import { connmarkMatch } from './matches/connmark.js'
import { conntrackMatch } from './matches/conntrack.js'
import { dscpMatch } from './matches/dscp.js'
import { hashlimitMatch } from './matches/hashlimit.js'
import { helperMatch } from './matches/helper.js'
import { icmpMatch } from './matches/icmp.js'
import { iprangeMatch } from './matches/iprange.js'
import { lengthMatch } from './matches/length.js'
import { limitMatch } from './matches/limit.js'
import { macMatch } from './matches/mac.js'
import { markMatch } from './matches/mark.js'
import { multiportMatch } from './matches/multiport.js'
import { ownerMatch } from './matches/owner.js'
import { physdevMatch } from './matches/physdev.js'
import { pkttypeMatch } from './matches/pkttype.js'
import { recentMatch } from './matches/recent.js'
import { setMatch } from './matches/set.js'
import { stateMatch } from './matches/state.js'
import { statisticMatch } from './matches/statistic.js'
import { stringMatch } from './matches/string.js'
import { tcpMatch } from './matches/tcp.js'
import { tosMatch } from './matches/tos.js'
import { ttlMatch } from './matches/ttl.js'
import { udpMatch } from './matches/udp.js'
import { checksumTarget } from './targets/checksum.js'
import { classifyTarget } from './targets/classify.js'
import { connmarkTarget } from './targets/connmark.js'
import { ctTarget, notrackTarget } from './targets/ct.js'
import { dnatTarget } from './targets/dnat.js'
import { dscpTarget } from './targets/dscp.js'
import { logTarget } from './targets/log.js'
import { markTarget } from './targets/mark.js'
import { masqueradeTarget } from './targets/masquerade.js'
import { netmapTarget } from './targets/netmap.js'
import { redirectTarget } from './targets/redirect.js'
import { rejectTarget } from './targets/reject.js'
import { snatTarget } from './targets/snat.js'
import { tcpmssTarget } from './targets/tcpmss.js'
import { tosTarget } from './targets/tos.js'
import { ttlTarget } from './targets/ttl.js'

const MATCHES: readonly Match[] = [
  addrtypeMatch,
  commentMatch,
  connbytesMatch,
  connlimitMatch,
  connmarkMatch,
  hashlimitMatch,
  conntrackMatch,
  icmpMatch,
  iprangeMatch,
  limitMatch,
  macMatch,
  markMatch,
  multiportMatch,
  physdevMatch,
  dscpMatch,
  helperMatch,
  lengthMatch,
  ownerMatch,
  pkttypeMatch,
  recentMatch,
  statisticMatch,
  stringMatch,
  tosMatch,
  ttlMatch,
  setMatch,
  stateMatch,
  tcpMatch,
  udpMatch,
]

const TARGETS: readonly Target[] = [
  checksumTarget,
  connmarkTarget,
  ctTarget,
  dnatTarget,
  logTarget,
  markTarget,
  masqueradeTarget,
  netmapTarget,
  notrackTarget,
  redirectTarget,
  rejectTarget,
  snatTarget,
  classifyTarget,
  dscpTarget,
  tosTarget,
  ttlTarget,
  tcpmssTarget,
]

const matchByName = new Map(MATCHES.map((match) => [match.name, match]))
const targetByName = new Map(TARGETS.map((target) => [target.name, target]))

/** What the real iptables has beside these: named honestly instead of "No such file". */
const UNBUILT_MATCHES = new Set(
  'ah bpf cgroup cluster connlabel cpu dccp devgroup dst ecn eui64 frag hbh hl icmp6 ipcomp ipv6header ipvs mh nfacct osf policy quota rateest realm rpfilter rt sctp socket srh tcpmss time u32'.split(
    ' ',
  ),
)
const UNBUILT_TARGETS = new Set(
  'AUDIT CLUSTERIP CONNSECMARK DNPT ECN HL HMARK IDLETIMER LED MIRROR NFLOG NFQUEUE RATEEST SAME SECMARK SET SNPT SYNPROXY TCPOPTSTRIP TEE TPROXY TRACE ULOG'.split(
    ' ',
  ),
)

export function findMatch(name: string): Match | null {
  return matchByName.get(name) ?? null
}

export function findTarget(name: string): Target | null {
  return targetByName.get(name) ?? null
}

export function isUnbuilt(kind: 'match' | 'target', name: string): boolean {
  return (kind === 'match' ? UNBUILT_MATCHES : UNBUILT_TARGETS).has(name)
}

export const allMatches = MATCHES
export const allTargets = TARGETS
