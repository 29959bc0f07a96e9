// IPv4 multicast groups this machine listens to. Differs: sockets join no further groups, and no IGMP is spoken.
import type { Ipv4Address } from '../addr/ipv4.js'

/** 224.0.0.1, which every host has joined. */
const ALL_HOSTS: Ipv4Address = 0xe0000001 | 0

export function isGroupJoined(group: Ipv4Address): boolean {
  return group === ALL_HOSTS
}
