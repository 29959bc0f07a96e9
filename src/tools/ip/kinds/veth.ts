// `ip link add NAME type veth peer [name] NAME [address MAC] [netns NS]`.
import { UsageError } from '../../../grammar/keyword.js'
import { VethDevice } from '../../../kernel/dev/veth.js'
import type { LinkKind } from '../link-kind.js'
import { parseLinkWords } from '../link-words.js'
import { findNetns } from '../netns-names.js'

const USAGE = "Usage: ip link <options> type veth [peer <options>]\nTo get <options> type 'ip link add help'"

export const vethKind: LinkKind = {
  name: 'veth',
  isKindOf: (dev) => dev.kind === 'veth',
  parseAdd(words, run) {
    let peerWords = null as ReturnType<typeof parseLinkWords> | null
    if (!words.isDone) {
      if (words.current !== 'peer') throw new UsageError(USAGE, 1)
      words.advance()
      peerWords = parseLinkWords(words, run)
    }
    return (creation) => {
      const peerNetns = peerWords?.netns === undefined || peerWords.netns === null ? creation.netns : findNetns(peerWords.netns, run)
      const peerName = peerWords?.name ?? peerWords?.dev ?? 'veth%d'
      const name = creation.name ?? 'veth%d'
      const peer = new VethDevice(peerNetns, peerName, peerWords?.mac ?? peerNetns.randomMac(peerName))
      const dev = new VethDevice(creation.netns, name, creation.mac ?? creation.netns.randomMac(name))
      dev.pairWith(peer)
      if (peerWords?.mac !== undefined && peerWords.mac !== null) peer.macSetByHand = true
      // The peer is registered first and so has the lower number.
      if (creation.name !== null && creation.netns.deviceByName(creation.name) !== null) return dev
      peerNetns.addDevice(peer, peerWords?.index ?? undefined)
      if (peerWords !== null) {
        if (peerWords.mtu !== null) peer.setMtu(peerWords.mtu)
        if (peerWords.txQueueLen !== null) peer.txQueueLen = peerWords.txQueueLen
        if (peerWords.up === true) peer.setUp()
      }
      return dev
    }
  },
}
