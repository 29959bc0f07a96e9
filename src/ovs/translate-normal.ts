// NORMAL: an 802.1Q learning switch, with the VLAN modes of the ports.
import { formatMac } from '../addr/mac.js'
import type { NormalDecision } from './credit.js'
import { macFromWords, VLAN_CFI, W } from './flow-key.js'
import { isMirrorOutput } from './mirror.js'
import { OFPP_CONTROLLER, OFPP_NONE } from './port-numbers.js'
import type { OfPort, VlanConfig } from './ports.js'
import { TRUNK } from './ports.js'
import type { Translation } from './translate.js'

/** One tag of the packet as the switch sees it; tpid 0: there was none. */
export interface Tag {
  tpid: number
  vid: number
  /** The three bits at their place in the tag. */
  pcp: number
}

const BROADCAST = 0xffffffffffff
const NO_TAG: Tag = { tpid: 0, vid: 0, pcp: 0 }

export function normal(x: Translation): void {
  const { key, wildcards, sink } = x
  lookAtLink(x)
  const number = key[W.IN_PORT]!
  const port = x.bridge.ports.get(number) ?? null
  if (port === null && number !== OFPP_NONE && number !== OFPP_CONTROLLER) {
    sink?.error(`received packet on unknown port ${number}`)
    sink?.warn('no input bundle, dropping')
    return decided(x, 'no-port', { from: port, to: null, vlan: 0 })
  }
  const vlan = port?.vlan ?? TRUNK
  const tags = packetTags(x)
  if (!accepts(x, vlan, tags[0]!.vid, port)) {
    sink?.warn('disallowed VLAN VID for this input port, dropping')
    return decided(x, 'refused-vlan', { from: port, to: null, vlan: tags[0]!.vid })
  }
  const inside = tagsInside(vlan, tags)
  const vid = inside[0]!.vid
  const dst = macFromWords(key, W.ETH_DST)
  if (port !== null && isReserved(dst) && !x.bridge.forwardBpdu) {
    sink?.detail('packet has reserved destination MAC, dropping')
    return decided(x, 'reserved', { from: port, to: null, vlan: vid })
  }
  const src = macFromWords(key, W.ETH_SRC)
  const isGratArp = isGratuitousArp(x)
  if (port !== null && !bondAdmits(x, port, { src, dst, vid, isGratArp })) return decided(x, 'bond', { from: port, to: null, vlan: vid })
  const face = port === null ? null : faceOf(port)
  if (face !== null) learnSource(x, face, src, vid, isGratArp)
  forward(x, face, dst, inside)
  // The masks of VLAN fields stay as they are: the lookup above has set them.
  wildcards[W.VLAN_TCI]! |= VLAN_CFI
}

/** The members of a bond are one port to the switch. */
function faceOf(port: OfPort): OfPort {
  return port.bond?.face ?? port
}

interface Seen {
  readonly src: number
  readonly dst: number
  readonly vid: number
  readonly isGratArp: boolean
}

function bondAdmits(x: Translation, port: OfPort, { src, dst, vid, isGratArp }: Seen): boolean {
  switch (port.bond?.admits(port, dst) ?? 'yes') {
    case 'yes':
      return true
    case 'no':
      x.sink?.detail('bonding refused admissibility, dropping')
      return false
    case 'unless-moved': {
      // A packet of this bridge that the other side sent back by another link.
      const entry = x.bridge.macTable.find(src, vid, x.nowUs)
      if (entry === null || entry.port === faceOf(port) || (isGratArp && x.nowUs >= entry.gratArpLockUs)) return true
      x.sink?.detail('SLB bond thinks this packet looped back, dropping')
      return false
    }
  }
}

function lookAtLink(x: Translation): void {
  const { wildcards } = x
  wildcards[W.ETH_SRC] = 0xffff
  wildcards[W.ETH_SRC + 1] = -1
  wildcards[W.ETH_DST] = 0xffff
  wildcards[W.ETH_DST + 1] = -1
  wildcards[W.VLAN_TCI]! |= VLAN_CFI | 0xfff
}

export function packetTags(x: Translation): [Tag, Tag] {
  return [tagAt(x, W.VLAN_TCI), tagAt(x, W.VLAN_TCI2)]
}

function tagAt(x: Translation, word: number): Tag {
  const tci = x.key[word]!
  return (tci & VLAN_CFI) === 0 ? { ...NO_TAG } : { tpid: x.key[word + 1]! || 0x8100, vid: tci & 0xfff, pcp: tci & 0xe000 }
}

/** 01:80:c2:00:00:0x and some makers' protocols. */
export function isReserved(mac: number): boolean {
  if (mac >= 0x0180c2000000 && mac <= 0x0180c200000f) return true
  return mac === 0x00e02b000000 || mac === 0x00e02b000004 || mac === 0x00e02b000006 || mac === 0x01000c000000 || isCisco(mac)
}

function isCisco(mac: number): boolean {
  return mac === 0x01000ccccccc || mac === 0x01000ccccccd || mac === 0x01000ccdcdcd || (mac >= 0x01000cccccc0 && mac <= 0x01000ccccccf)
}

function trunks(vlan: VlanConfig, vid: number): boolean {
  // A port with a native VLAN has no untagged packets inside the switch.
  if (vlan.mode !== 'trunk' && vid === 0 && vlan.tag !== null && vlan.tag !== 0) return false
  if (vlan.trunks === null || vlan.trunks.length === 0) return true
  return vlan.trunks.includes(vid) || (vlan.mode !== 'trunk' && vid === vlan.tag)
}

export function accepts(x: Translation, vlan: VlanConfig, vid: number, port: OfPort | null): boolean {
  if (port === null) return true
  switch (vlan.mode) {
    case 'access':
      if (vid === 0) return true
      x.sink?.error(`dropping VLAN ${vid} tagged packet received on port ${port.name} configured as VLAN ${vlan.tag ?? 0} access port`)
      return false
    case 'native-tagged':
    case 'native-untagged':
      if (vid === 0) return true
      break
    case 'trunk':
      break
    case 'dot1q-tunnel':
      return true
  }
  if (trunks(vlan, vid)) return true
  x.sink?.error(`dropping VLAN ${vid} packet received on port ${port.name} not configured for trunking VLAN ${vid}`)
  return false
}

/** The tags while the packet is inside the switch: what came untagged carries the port's VLAN. */
export function tagsInside(vlan: VlanConfig, tags: readonly Tag[]): Tag[] {
  const [outer = NO_TAG, inner = NO_TAG] = tags
  const own = { tpid: outer.tpid || 0x8100, vid: vlan.tag ?? 0, pcp: outer.pcp }
  switch (vlan.mode) {
    case 'access':
      return [own, NO_TAG]
    case 'trunk':
      return [outer, inner]
    case 'native-tagged':
    case 'native-untagged':
      return outer.vid === 0 ? [own, inner] : [outer, inner]
    case 'dot1q-tunnel':
      return [{ tpid: 0x88a8, vid: vlan.tag ?? 0, pcp: 0 }, outer]
  }
}

function tagsOutside(vlan: VlanConfig, [outer = NO_TAG, inner = NO_TAG]: readonly Tag[]): Tag[] {
  switch (vlan.mode) {
    case 'access':
      return [NO_TAG, NO_TAG]
    case 'trunk':
    case 'native-tagged':
      return [outer, inner]
    case 'native-untagged':
      return outer.vid === vlan.tag ? [inner, NO_TAG] : [outer, inner]
    case 'dot1q-tunnel':
      return [inner, NO_TAG]
  }
}

export function carries(vlan: VlanConfig, tags: readonly Tag[]): boolean {
  const { vid } = tags[0]!
  if (vlan.mode === 'access') return vid === (vlan.tag ?? 0) && tags[1]!.vid === 0
  if (vlan.mode === 'dot1q-tunnel') return vid === vlan.tag
  return trunks(vlan, vid)
}

function isGratuitousArp(x: Translation): boolean {
  const { key, wildcards } = x
  if (key[W.ETH_TYPE] !== 0x0806 || macFromWords(key, W.ETH_DST) !== BROADCAST) return false
  wildcards[W.NW_PROTO] = 0xffff
  if (key[W.NW_PROTO] === 2) return true
  if (key[W.NW_PROTO] !== 1) return false
  wildcards[W.NW_SRC] = -1
  wildcards[W.NW_DST] = -1
  return key[W.NW_SRC] === key[W.NW_DST]
}

function learnSource(x: Translation, port: OfPort, mac: number, vlan: number, isGratArp: boolean): void {
  const { bridge } = x
  if (x.learns && bridge.macTable.wouldLearn(mac, vlan, port, x.nowUs)) {
    x.sink?.detail(`learned that ${formatMac(mac)} is on port ${port.bond?.name ?? port.name} in VLAN ${vlan}`)
    x.seenMacs = [...x.seenMacs, { bridge, mac, vlan, port }]
  }
  x.credits.push({ type: 'normal', bridge, port, mac, vlan, isGratArp })
}

function whereIs(x: Translation, mac: number, vlan: number): OfPort | null {
  for (const seen of x.seenMacs) if (seen.bridge === x.bridge && seen.mac === mac && seen.vlan === vlan) return seen.port
  return x.bridge.macTable.find(mac, vlan, x.nowUs)?.port ?? null
}

interface Between {
  readonly from: OfPort | null
  readonly to: OfPort | null
  readonly vlan: number
}

function decided(x: Translation, decision: NormalDecision, { from, to, vlan }: Between): void {
  x.credits.push({ type: 'mark', mark: { kind: 'normal', bridge: x.bridge, decision, from, to, vlan } })
}

function forward(x: Translation, from: OfPort | null, dst: number, tags: readonly Tag[]): void {
  const { sink } = x
  const to = whereIs(x, dst, tags[0]!.vid)
  if (to === null) {
    sink?.detail('no learned MAC for destination, flooding')
    decided(x, 'flood', { from, to: null, vlan: tags[0]!.vid })
    return floodVlan(x, from, tags)
  }
  if (to === from) {
    sink?.detail('learned port is input port, dropping')
    return decided(x, 'own-port', { from, to, vlan: tags[0]!.vid })
  }
  sink?.detail('forwarding to learned port')
  decided(x, 'known', { from, to, vlan: tags[0]!.vid })
  outputTagged(x, to, tags, x.isLast)
}

function floodVlan(x: Translation, from: OfPort | null, tags: readonly Tag[]): void {
  const { isLast } = x
  let last: OfPort | null = null
  for (const port of x.bridge.portList) {
    if (
      port === from ||
      port !== faceOf(port) ||
      port.config.noFlood ||
      !carries(port.vlan, tags) ||
      isMirrorOutput(x.bridge.mirrors, port)
    )
      continue
    if (last !== null) outputTagged(x, last, tags, false)
    last = port
  }
  if (last !== null) outputTagged(x, last, tags, isLast)
}

export function outputTagged(x: Translation, to: OfPort, inside: readonly Tag[], isLast: boolean): void {
  const { key } = x
  const port = to.bond === null ? to : to.bond.outputFor(macFromWords(key, W.ETH_SRC), inside[0]!.vid)
  // No member is enabled.
  if (port === null) return
  const tags = tagsOutside(port.vlan, inside)
  const tci = key[W.VLAN_TCI]!
  const tpid = key[W.VLAN_TCI + 1]!
  const tci2 = key[W.VLAN_TCI2]!
  const tpid2 = key[W.VLAN_TCI2 + 1]!
  const priority = port.vlan.priorityTags
  const first = priority === 'never' ? tags[0]! : { ...tags[0]!, pcp: key[W.VLAN_TCI]! & 0xe000 }
  putTag(x, W.VLAN_TCI, first, priority === 'always')
  putTag(x, W.VLAN_TCI2, tags[1]!, false)
  x.compose(port.ofport, isLast)
  key[W.VLAN_TCI] = tci
  key[W.VLAN_TCI + 1] = tpid
  key[W.VLAN_TCI2] = tci2
  key[W.VLAN_TCI2 + 1] = tpid2
}

function putTag(x: Translation, word: number, tag: Tag, always: boolean): void {
  const tci = tag.vid | tag.pcp
  const present = tci !== 0 || (always && tag.tpid !== 0)
  x.key[word] = present ? tci | VLAN_CFI : 0
  x.key[word + 1] = present ? tag.tpid || 0x8100 : 0
}
