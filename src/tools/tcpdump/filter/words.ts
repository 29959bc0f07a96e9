// The words of the filter language: protocols, qualifiers, and names of numbers.

/** A protocol as a qualifier (`tcp port`), alone (`tcp`) and with an index (`tcp[13]`). */
export type ProtocolWord =
  | 'link'
  | 'ip'
  | 'arp'
  | 'rarp'
  | 'sctp'
  | 'tcp'
  | 'udp'
  | 'icmp'
  | 'igmp'
  | 'igrp'
  | 'pim'
  | 'vrrp'
  | 'carp'
  | 'atalk'
  | 'aarp'
  | 'decnet'
  | 'lat'
  | 'sca'
  | 'mopdl'
  | 'moprc'
  | 'ip6'
  | 'icmp6'
  | 'ah'
  | 'esp'
  | 'iso'
  | 'esis'
  | 'isis'
  | 'l1'
  | 'l2'
  | 'iih'
  | 'lsp'
  | 'snp'
  | 'psnp'
  | 'csnp'
  | 'clnp'
  | 'stp'
  | 'ipx'
  | 'netbeui'
  | 'radio'

export const PROTOCOL_WORDS: ReadonlyMap<string, ProtocolWord> = new Map<string, ProtocolWord>([
  ...(['link', 'ether', 'ppp', 'slip', 'fddi', 'tr', 'wlan'] as const).map((word): [string, ProtocolWord] => [word, 'link']),
  ...(
    [
      'ip',
      'arp',
      'rarp',
      'sctp',
      'tcp',
      'udp',
      'icmp',
      'igmp',
      'igrp',
      'pim',
      'vrrp',
      'carp',
      'atalk',
      'aarp',
      'decnet',
      'lat',
      'sca',
      'mopdl',
      'moprc',
      'ip6',
      'icmp6',
      'ah',
      'esp',
      'iso',
      'esis',
      'isis',
      'l1',
      'l2',
      'iih',
      'lsp',
      'snp',
      'psnp',
      'csnp',
      'clnp',
      'stp',
      'ipx',
      'netbeui',
      'radio',
    ] as const
  ).map((word): [string, ProtocolWord] => [word, word]),
  ['es-is', 'esis'],
  ['is-is', 'isis'],
])

/** Words with a meaning of their own; the second is what the parser calls them. */
export const KEYWORDS: ReadonlyMap<string, string> = new Map<string, string>([
  ...[
    'dst',
    'src',
    'host',
    'net',
    'mask',
    'port',
    'portrange',
    'proto',
    'protochain',
    'gateway',
    'type',
    'subtype',
    'less',
    'greater',
    'byte',
    'broadcast',
    'multicast',
    'and',
    'or',
    'not',
    'inbound',
    'outbound',
    'ifindex',
    'vlan',
    'mpls',
    'pppoed',
    'pppoes',
    'geneve',
    'llc',
    'ra',
    'ta',
    'reason',
    'action',
    'lane',
    'metac',
    'bcc',
    'oam',
    'oamf4',
    'oamf4ec',
    'oamf4sc',
    'sc',
    'ilmic',
    'vpi',
    'vci',
    'connectmsg',
    'metaconnect',
    'fisu',
    'lssu',
    'msu',
    'hfisu',
    'hlssu',
    'hmsu',
    'sio',
    'opc',
    'dpc',
    'sls',
    'hsio',
    'hopc',
    'hdpc',
    'hsls',
  ].map((word): [string, string] => [word, word]),
  ['direction', 'dir'],
  ['dir', 'dir'],
  ['address1', 'addr1'],
  ['addr1', 'addr1'],
  ['address2', 'addr2'],
  ['addr2', 'addr2'],
  ['address3', 'addr3'],
  ['addr3', 'addr3'],
  ['address4', 'addr4'],
  ['addr4', 'addr4'],
  ['len', 'len'],
  ['length', 'len'],
  ['on', 'ifname'],
  ['ifname', 'ifname'],
  ['rset', 'ruleset'],
  ['ruleset', 'ruleset'],
  ['rnr', 'rulenum'],
  ['rulenum', 'rulenum'],
  ['srnr', 'subrulenum'],
  ['subrulenum', 'subrulenum'],
  ['lsu', 'lssu'],
])

export const NUMBER_WORDS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    icmptype: 0,
    icmpcode: 1,
    'icmp-echoreply': 0,
    'icmp-unreach': 3,
    'icmp-sourcequench': 4,
    'icmp-redirect': 5,
    'icmp-echo': 8,
    'icmp-routeradvert': 9,
    'icmp-routersolicit': 10,
    'icmp-timxceed': 11,
    'icmp-paramprob': 12,
    'icmp-tstamp': 13,
    'icmp-tstampreply': 14,
    'icmp-ireq': 15,
    'icmp-ireqreply': 16,
    'icmp-maskreq': 17,
    'icmp-maskreply': 18,
    icmp6type: 0,
    icmp6code: 1,
    'icmp6-destinationunreach': 1,
    'icmp6-packettoobig': 2,
    'icmp6-timeexceeded': 3,
    'icmp6-parameterproblem': 4,
    'icmp6-echo': 128,
    'icmp6-echoreply': 129,
    'icmp6-multicastlistenerquery': 130,
    'icmp6-multicastlistenerreportv1': 131,
    'icmp6-multicastlistenerdone': 132,
    'icmp6-routersolicit': 133,
    'icmp6-routeradvert': 134,
    'icmp6-neighborsolicit': 135,
    'icmp6-neighboradvert': 136,
    'icmp6-redirect': 137,
    'icmp6-routerrenum': 138,
    'icmp6-nodeinformationquery': 139,
    'icmp6-nodeinformationresponse': 140,
    'icmp6-ineighbordiscoverysolicit': 141,
    'icmp6-ineighbordiscoveryadvert': 142,
    'icmp6-multicastlistenerreportv2': 143,
    'icmp6-homeagentdiscoveryrequest': 144,
    'icmp6-homeagentdiscoveryreply': 145,
    'icmp6-mobileprefixsolicit': 146,
    'icmp6-mobileprefixadvert': 147,
    'icmp6-certpathsolicit': 148,
    'icmp6-certpathadvert': 149,
    'icmp6-multicastrouteradvert': 151,
    'icmp6-multicastroutersolicit': 152,
    'icmp6-multicastrouterterm': 153,
    tcpflags: 13,
    'tcp-fin': 0x01,
    'tcp-syn': 0x02,
    'tcp-rst': 0x04,
    'tcp-push': 0x08,
    'tcp-ack': 0x10,
    'tcp-urg': 0x20,
    'tcp-ece': 0x40,
    'tcp-cwr': 0x80,
  }),
)

/** Of other link types than a lab has: what libpcap says about them on Ethernet. */
export const FOREIGN_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    lane: "'lane' supported only on raw ATM",
    metac: "'metac' supported only on raw ATM",
    bcc: "'bcc' supported only on raw ATM",
    oamf4ec: "'oam4ec' supported only on raw ATM",
    oamf4sc: "'oam4sc' supported only on raw ATM",
    sc: "'sc' supported only on raw ATM",
    ilmic: "'ilmic' supported only on raw ATM",
    oam: "'oam' supported only on raw ATM",
    oamf4: "'oamf4' supported only on raw ATM",
    connectmsg: "'connectmsg' supported only on raw ATM",
    metaconnect: "'metaconnect' supported only on raw ATM",
    fisu: "'fisu' supported only on MTP2",
    lssu: "'lssu' supported only on MTP2",
    msu: "'msu' supported only on MTP2",
    hfisu: "'hfisu' supported only on MTP2_HSL",
    hlssu: "'hlssu' supported only on MTP2_HSL",
    hmsu: "'hmsu' supported only on MTP2_HSL",
  }),
)

/** The same for words that a number follows. */
export const FOREIGN_FIELDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    vpi: "'vpi' supported only on raw ATM",
    vci: "'vci' supported only on raw ATM",
    sio: "'sio' supported only on SS7",
    opc: "'opc' supported only on SS7",
    dpc: "'dpc' supported only on SS7",
    sls: "'sls' supported only on SS7",
    hsio: "'sio' supported only on SS7",
    hopc: "'opc' supported only on SS7",
    hdpc: "'dpc' supported only on SS7",
    hsls: "'sls' supported only on SS7",
  }),
)
