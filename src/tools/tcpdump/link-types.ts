// Link types as tcpdump names them: "EN10MB (Ethernet)".
import { DLT_RAW, LINKTYPE_EN10MB, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2, LINKTYPE_RAW } from '../../wire/pcap.js'

const NAMES: Readonly<Record<number, string>> = {
  0: 'NULL (BSD loopback)',
  [LINKTYPE_EN10MB]: 'EN10MB (Ethernet)',
  9: 'PPP (PPP)',
  [DLT_RAW]: 'RAW (Raw IP)',
  [LINKTYPE_RAW]: 'RAW (Raw IP)',
  105: 'IEEE802_11 (802.11)',
  108: 'LOOP (OpenBSD loopback)',
  [LINKTYPE_LINUX_SLL]: 'LINUX_SLL (Linux cooked v1)',
  127: 'IEEE802_11_RADIO (802.11 plus radiotap header)',
  228: 'IPV4 (Raw IPv4)',
  229: 'IPV6 (Raw IPv6)',
  [LINKTYPE_LINUX_SLL2]: 'LINUX_SLL2 (Linux cooked v2)',
}

export function linkTypeText(linkType: number, version: number): string {
  if (linkType === LINKTYPE_LINUX_SLL && version < 4.99) return 'LINUX_SLL (Linux cooked)'
  return NAMES[linkType] ?? String(linkType)
}
