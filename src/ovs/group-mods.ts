// Adding, changing and deleting groups, with the switch's refusals.
import type { OfBridge } from './bridge.js'
import { usesGroup } from './flow-mods.js'
import type { BucketSpec, GroupMod, GroupSpec } from './group.js'
import { Group } from './group.js'
import { OfError } from './of-error.js'

export function applyGroupMod(bridge: OfBridge, mod: GroupMod): void {
  switch (mod.command) {
    case 'add':
      if (bridge.groups.has(mod.group!.id)) throw new OfError('OFPGMFC_GROUP_EXISTS')
      return put(bridge, mod.group!)
    case 'modify':
      if (!bridge.groups.has(mod.group!.id)) throw new OfError('OFPGMFC_UNKNOWN_GROUP')
      return put(bridge, mod.group!)
    case 'add_or_modify':
      return put(bridge, mod.group!)
    case 'delete':
      return remove(bridge, mod.id)
    case 'insert_bucket':
      return insertBuckets(bridge, mod)
    case 'remove_bucket':
      return removeBuckets(bridge, mod)
  }
}

/** Groups that its buckets name may come later, or never. */
function put(bridge: OfBridge, spec: GroupSpec): void {
  if (spec.type === 'indirect' && spec.buckets.length !== 1) throw new OfError('OFPGMFC_INVALID_GROUP')
  bridge.groups.set(spec.id, new Group(spec, bridge.vswitch.nowUs))
}

/** Flows that use a group go with it. */
function remove(bridge: OfBridge, id: number | null): void {
  const ids = id === null ? [...bridge.groups.keys()] : [id]
  for (const one of ids) {
    if (!bridge.groups.delete(one)) continue
    for (const flow of bridge.flows()) if (usesGroup(flow.actions, one)) bridge.removeFlow(flow)
  }
}

function changed(bridge: OfBridge, group: Group, buckets: readonly BucketSpec[]): void {
  const { id, type, selectionMethod } = group
  const next = new Group({ id, type, selectionMethod, buckets }, group.createdUs)
  for (const bucket of next.buckets) {
    const old = group.buckets.find((one) => one.id === bucket.id)
    if (old === undefined) continue
    bucket.packets = old.packets
    bucket.bytes = old.bytes
  }
  bridge.groups.set(id, next)
}

function known(bridge: OfBridge, id: number | null): Group {
  const group = id === null ? undefined : bridge.groups.get(id)
  if (group === undefined) throw new OfError('OFPGMFC_UNKNOWN_GROUP')
  return group
}

function insertBuckets(bridge: OfBridge, mod: GroupMod): void {
  const group = known(bridge, mod.id ?? mod.group!.id)
  const fresh = mod.group!.buckets
  for (const bucket of fresh) if (group.buckets.some((old) => old.id === bucket.id)) throw new OfError('OFPGMFC_BUCKET_EXISTS')
  const { bucketId = 'last' } = mod
  if (bucketId === 'first') return changed(bridge, group, [...fresh, ...group.buckets])
  if (bucketId === 'last' || bucketId === 'all') return changed(bridge, group, [...group.buckets, ...fresh])
  const at = group.buckets.findIndex((bucket) => bucket.id === bucketId)
  if (at < 0) throw new OfError('OFPGMFC_UNKNOWN_BUCKET')
  changed(bridge, group, [...group.buckets.slice(0, at + 1), ...fresh, ...group.buckets.slice(at + 1)])
}

function removeBuckets(bridge: OfBridge, mod: GroupMod): void {
  const group = known(bridge, mod.id)
  const { bucketId = 'all' } = mod
  if (bucketId === 'all') return changed(bridge, group, [])
  if (bucketId === 'first') return changed(bridge, group, group.buckets.slice(1))
  if (bucketId === 'last') return changed(bridge, group, group.buckets.slice(0, -1))
  if (!group.buckets.some((bucket) => bucket.id === bucketId)) throw new OfError('OFPGMFC_UNKNOWN_BUCKET')
  changed(
    bridge,
    group,
    group.buckets.filter((bucket) => bucket.id !== bucketId),
  )
}
