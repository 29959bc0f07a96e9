// IPv4 multicast groups this machine listens to. Differs: sockets join no further groups, and no IGMP is spoken.
import type { Ipv4Address } from '../addr/ipv4.js'
import type { NetNamespace } from './netns.js'

/** 224.0.0.1, which every host has joined. */
const ALL_HOSTS: Ipv4Address = 0xe0000001 | 0

export function isGroupJoined(netns: NetNamespace, group: Ipv4Address): boolean {
  return group === ALL_HOSTS || (netns.joinedGroups.size > 0 && netns.joinedGroups.has(group))
}

/** Counted: a group is left when the last who joined it leaves. */
export function joinGroup(netns: NetNamespace, group: Ipv4Address): void {
  netns.joinedGroups.set(group, (netns.joinedGroups.get(group) ?? 0) + 1)
}

export function leaveGroup(netns: NetNamespace, group: Ipv4Address): void {
  const users = (netns.joinedGroups.get(group) ?? 1) - 1
  if (users === 0) netns.joinedGroups.delete(group)
  else netns.joinedGroups.set(group, users)
}
