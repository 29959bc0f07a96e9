// What the words of flow text that stand for a protocol mean.

/** Words that mean an Ethernet type and perhaps an IP protocol (0: none). */
export const PROTOCOL_WORDS: Readonly<Record<string, readonly [type: number, proto: number]>> = {
  ip: [0x800, 0],
  ipv4: [0x800, 0],
  ip4: [0x800, 0],
  arp: [0x806, 0],
  icmp: [0x800, 1],
  tcp: [0x800, 6],
  udp: [0x800, 17],
  sctp: [0x800, 132],
  ipv6: [0x86dd, 0],
  ip6: [0x86dd, 0],
  icmp6: [0x86dd, 58],
  tcp6: [0x86dd, 6],
  udp6: [0x86dd, 17],
  sctp6: [0x86dd, 132],
  rarp: [0x8035, 0],
  mpls: [0x8847, 0],
  mplsm: [0x8848, 0],
}
