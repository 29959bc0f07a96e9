// IPv4 multicast groups a device listens to.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { NetDevice } from './netdev.js'

/** 224.0.0.1, which every host has joined. */
const ALL_HOSTS: Ipv4Address = 0xe0000001 | 0

const joined = new WeakMap<NetDevice, Map<Ipv4Address, number>>()

export function isGroupJoined(dev: NetDevice, group: Ipv4Address): boolean {
  return group === ALL_HOSTS || (joined.get(dev)?.has(group) ?? false)
}

/** IP_ADD_MEMBERSHIP. Differs: no IGMP report is sent. */
export function joinGroup(dev: NetDevice, group: Ipv4Address): void {
  let groups = joined.get(dev)
  if (groups === undefined) {
    groups = new Map()
    joined.set(dev, groups)
  }
  groups.set(group, (groups.get(group) ?? 0) + 1)
}

export function leaveGroup(dev: NetDevice, group: Ipv4Address): void {
  const groups = joined.get(dev)
  const users = groups?.get(group)
  if (groups === undefined || users === undefined) return
  if (users > 1) groups.set(group, users - 1)
  else groups.delete(group)
}

/** For `ip maddr` and netstat -g: groups with their numbers of users. */
export function groupsOf(dev: NetDevice): [Ipv4Address, number][] {
  return [[ALL_HOSTS, 1], ...(joined.get(dev) ?? [])]
}
