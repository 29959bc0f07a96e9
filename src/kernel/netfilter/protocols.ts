// IP protocol names as /etc/protocols and iptables know them.

const NUMBERS: Record<string, number> = {
  ip: 0,
  all: 0,
  icmp: 1,
  igmp: 2,
  ggp: 3,
  ipencap: 4,
  st: 5,
  tcp: 6,
  egp: 8,
  igp: 9,
  pup: 12,
  udp: 17,
  hmp: 20,
  'xns-idp': 22,
  rdp: 27,
  'iso-tp4': 29,
  dccp: 33,
  xtp: 36,
  ddp: 37,
  'idpr-cmtp': 38,
  ipv6: 41,
  'ipv6-route': 43,
  'ipv6-frag': 44,
  idrp: 45,
  rsvp: 46,
  gre: 47,
  esp: 50,
  'ipv6-crypt': 50,
  ah: 51,
  'ipv6-auth': 51,
  skip: 57,
  'ipv6-icmp': 58,
  icmpv6: 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  rspf: 73,
  vmtp: 81,
  eigrp: 88,
  ospf: 89,
  'ax.25': 93,
  ipip: 94,
  etherip: 97,
  encap: 98,
  pim: 103,
  ipcomp: 108,
  vrrp: 112,
  l2tp: 115,
  isis: 124,
  sctp: 132,
  fc: 133,
  'mobility-header': 135,
  'ipv6-mh': 135,
  mh: 135,
  udplite: 136,
  'mpls-in-ip': 137,
  manet: 138,
  hip: 139,
  shim6: 140,
  wesp: 141,
  rohc: 142,
  ethernet: 143,
}

const NAMES = new Map<number, string>()
for (const [name, number] of Object.entries(NUMBERS)) if (!NAMES.has(number) && number !== 0) NAMES.set(number, name)

/** Number or name, any case; null when unknown. */
export function protocolNumber(text: string): number | null {
  if (/^(0x[0-9a-f]+|\d+)$/i.test(text)) {
    const number = Number(text)
    return number <= 255 ? number : null
  }
  return NUMBERS[text.toLowerCase()] ?? null
}

/** null: no name is known. */
export function protocolName(number: number): string | null {
  return NAMES.get(number) ?? null
}
