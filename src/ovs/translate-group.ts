// group: to all buckets, to one that the packet's addresses choose, to the only one, or to the first that is alive.
import { executeActionSet } from './action-set.js'
import { W } from './flow-key.js'
import type { Bucket, Group } from './group.js'
import type { Translation } from './translate.js'

const MAX_LIVENESS_DEPTH = 128

/** Groups may name each other, and themselves: depth is what ends that. */
export function runGroup(x: Translation, id: number): void {
  if (!x.hasRoom()) return
  const group = x.bridge.groups.get(id)
  if (group === undefined) {
    x.sink?.warn(`output to nonexistent group ${id}`)
    x.stopped = true
    return
  }
  const { isLast } = x
  switch (group.type) {
    case 'all':
    case 'indirect':
      for (const [i, bucket] of group.buckets.entries()) runBucket(x, bucket, isLast && i === group.buckets.length - 1)
      return
    case 'select':
      return runOne(x, chosen(x, group), isLast)
    case 'fast_failover':
      return runOne(x, group.buckets.find((bucket) => isAlive(x, bucket, 0)) ?? null, isLast)
  }
}

function runOne(x: Translation, bucket: Bucket | null, isLast: boolean): void {
  if (bucket === null) {
    x.sink?.detail('no live bucket')
    return
  }
  x.sink?.detail(`using bucket ${bucket.id}`)
  runBucket(x, bucket, isLast)
}

function isAlive(x: Translation, bucket: Bucket, depth: number): boolean {
  if (depth >= MAX_LIVENESS_DEPTH) return false
  if (bucket.watchPort === null && bucket.watchGroup === null) return true
  if (bucket.watchPort !== null && x.bridge.isLive(bucket.watchPort)) return true
  const group = bucket.watchGroup === null ? undefined : x.bridge.groups.get(bucket.watchGroup)
  return group?.buckets.some((one) => isAlive(x, one, depth + 1)) ?? false
}

/** Weighted rendezvous hashing over the fields of a connection, the same both ways. */
function chosen(x: Translation, group: Group): Bucket | null {
  const hash = symmetricHash(x)
  let best: Bucket | null = null
  let bestScore = -1
  for (const bucket of group.buckets) {
    if (group.type === 'select' && !isAlive(x, bucket, 0)) continue
    const score = (mix(bucket.id, hash) & 0xffff) * bucket.weight
    if (score < bestScore) continue
    bestScore = score
    best = bucket
  }
  return best
}

function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ Math.imul(b, 0xcc9e2d51), 0x1b873593)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  return (Math.imul(hash, 0xc2b2ae35) ^ (hash >>> 16)) >>> 0
}

function symmetricHash(x: Translation): number {
  const { key, wildcards } = x
  for (const word of [W.ETH_SRC, W.ETH_DST]) {
    wildcards[word] = 0xffff
    wildcards[word + 1] = -1
  }
  wildcards[W.VLAN_TCI]! |= 0x1fff
  let hash = mix(key[W.ETH_SRC]! ^ key[W.ETH_DST]!, key[W.ETH_SRC + 1]! ^ key[W.ETH_DST + 1]!)
  hash = mix(hash, key[W.ETH_TYPE]! ^ (key[W.VLAN_TCI]! << 16))
  if (key[W.ETH_TYPE] !== 0x0800) return hash
  wildcards[W.NW_SRC] = -1
  wildcards[W.NW_DST] = -1
  wildcards[W.NW_PROTO] = 0xff
  hash = mix(hash, (key[W.NW_SRC]! ^ key[W.NW_DST]!) + key[W.NW_PROTO]!)
  if (key[W.NW_PROTO] !== 6 && key[W.NW_PROTO] !== 132) return hash
  wildcards[W.TP_SRC] = 0xffff
  wildcards[W.TP_DST] = 0xffff
  return mix(hash, key[W.TP_SRC]! ^ key[W.TP_DST]!)
}

/** On the packet as it is; what it changes is forgotten behind it. */
function runBucket(x: Translation, bucket: Bucket, isLast: boolean): void {
  const { sink } = x
  const before = sink?.at
  const saved = x.key.slice()
  const { actionSet } = x
  sink?.enter('bucket', `bucket ${bucket.id}`)
  x.credits.push({ type: 'bucket', bucket })
  x.depth++
  x.actionSet = []
  x.execute(executeActionSet(bucket.actions), isLast)
  x.depth--
  x.actionSet = actionSet
  x.key.set(saved)
  x.exited = false
  if (sink !== null && before !== undefined) sink.at = before
}
