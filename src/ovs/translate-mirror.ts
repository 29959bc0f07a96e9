// Copies for mirrors: of what comes in before anything else happens to it, of what goes out as it leaves.
import { macFromWords, VLAN_CFI, W } from './flow-key.js'
import { isMirrorOutput, type Mirror } from './mirror.js'
import type { OfPort } from './ports.js'
import type { Translation } from './translate.js'
import { accepts, carries, isReserved, outputTagged, packetTags, tagsInside } from './translate-normal.js'

/** False: the port is reserved for mirroring, what comes in by it is dropped. */
export function mirrorIngress(x: Translation, port: OfPort | null): boolean {
  const { mirrors } = x.bridge
  if (mirrors.length === 0 || port === null) return true
  const face = port.bond?.face ?? port
  if (isMirrorOutput(x.bridge.mirrors, face)) {
    x.sink?.error(`dropping packet received on port ${face.bond?.name ?? face.name}, which is reserved exclusively for mirroring`)
    return false
  }
  mirror(
    x,
    face,
    mirrors.filter((one) => one.hasSource(face)),
  )
  return true
}

export function mirrorEgress(x: Translation, port: OfPort): void {
  const { mirrors } = x.bridge
  if (mirrors.length === 0) return
  const face = port.bond?.face ?? port
  mirror(
    x,
    face,
    mirrors.filter((one) => one.hasDestination(face)),
  )
}

function mirror(x: Translation, port: OfPort, wanted: readonly Mirror[]): void {
  const left = wanted.filter((one) => !x.mirrored.has(one))
  if (left.length === 0) return
  const tags = packetTags(x)
  if (!accepts(x, port.vlan, tags[0]!.vid, port)) return
  const inside = tagsInside(port.vlan, tags)
  const vid = inside[0]!.vid
  for (const one of left) {
    if (x.mirrored.has(one)) continue
    const { vlans, outPort, outVlan, snapLength } = one.spec
    if (vlans.length > 0) {
      x.wildcards[W.VLAN_TCI]! |= VLAN_CFI | 0xfff
      if (!vlans.includes(vid)) continue
    }
    for (const other of x.bridge.mirrors) if (one.sharesOutput(other)) x.mirrored = new Set(x.mirrored).add(other)
    x.credits.push({ type: 'mirror', mirror: one })
    x.snapLength = snapLength
    if (outPort !== null) outputTagged(x, outPort, inside, false)
    else if (outVlan !== null && vid !== outVlan && !isReserved(macFromWords(x.key, W.ETH_DST))) intoVlan(x, outVlan, inside)
    x.snapLength = 0
  }
}

function intoVlan(x: Translation, vlan: number, inside: ReturnType<typeof tagsInside>): void {
  const [outer, inner] = inside
  const tags = [{ ...outer!, tpid: outer!.tpid || 0x8100, vid: vlan }, inner!]
  for (const port of x.bridge.portList) {
    if ((port.bond?.face ?? port) !== port || isMirrorOutput(x.bridge.mirrors, port) || !carries(port.vlan, tags)) continue
    outputTagged(x, port, tags, false)
  }
}
