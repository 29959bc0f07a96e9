// libvirt's network filters as nova (Essex) composes them; they hold a NIC to its own MAC, address and ARP.

/** Filters that are there without any server: what each refers to, or its own rules. */
export const NWFILTERS: ReadonlyMap<
  string,
  { readonly chain: string; readonly refers: readonly string[]; readonly rules: readonly string[] }
> = new Map([
  ['nova-base', { chain: 'root', refers: ['no-mac-spoofing', 'no-ip-spoofing', 'no-arp-spoofing', 'allow-dhcp-server'], rules: [] }],
  ['nova-vpn', { chain: 'root', refers: ['allow-dhcp-server'], rules: [] }],
  [
    'no-mac-spoofing',
    {
      chain: 'mac',
      refers: [],
      rules: [
        "<rule action='return' direction='out' priority='500'>\n    <mac srcmacaddr='$MAC'/>\n  </rule>",
        "<rule action='drop' direction='out' priority='500'/>",
      ],
    },
  ],
  [
    'no-ip-spoofing',
    {
      chain: 'ipv4',
      refers: [],
      rules: [
        "<rule action='return' direction='out' priority='100'>\n    <ip srcipaddr='0.0.0.0' protocol='udp'/>\n  </rule>",
        "<rule action='return' direction='out' priority='500'>\n    <ip srcipaddr='$IP'/>\n  </rule>",
        "<rule action='drop' direction='out' priority='1000'/>",
      ],
    },
  ],
  [
    'no-arp-spoofing',
    {
      chain: 'arp',
      refers: [],
      rules: [
        "<rule action='drop' direction='out' priority='300'>\n    <mac srcmacaddr='! $MAC'/>\n  </rule>",
        "<rule action='drop' direction='out' priority='350'>\n    <arp match='no' arpsrcmacaddr='$MAC'/>\n  </rule>",
        "<rule action='drop' direction='out' priority='400'>\n    <arp match='no' arpsrcipaddr='$IP'/>\n  </rule>",
        "<rule action='accept' direction='inout' priority='500'>\n    <arp opcode='Request'/>\n  </rule>",
        "<rule action='accept' direction='inout' priority='500'>\n    <arp opcode='Reply'/>\n  </rule>",
        "<rule action='drop' direction='inout' priority='1000'/>",
      ],
    },
  ],
  [
    'allow-dhcp-server',
    {
      chain: 'ipv4',
      refers: [],
      rules: [
        "<rule action='accept' direction='out' priority='100'>\n    <ip srcipaddr='0.0.0.0' dstipaddr='255.255.255.255' protocol='udp' srcportstart='68' dstportstart='67'/>\n  </rule>",
        "<rule action='accept' direction='in' priority='100'>\n    <ip srcipaddr='$DHCPSERVER' protocol='udp' srcportstart='67' dstportstart='68'/>\n  </rule>",
      ],
    },
  ],
])

/** What libvirt itself brings (1.2 and later), by name. */
export const LIBVIRT_FILTERS: readonly string[] = [
  'allow-arp',
  'allow-dhcp',
  'allow-dhcp-server',
  'allow-incoming-ipv4',
  'allow-ipv4',
  'clean-traffic',
  'no-arp-ip-spoofing',
  'no-arp-mac-spoofing',
  'no-arp-spoofing',
  'no-ip-multicast',
  'no-ip-spoofing',
  'no-mac-broadcast',
  'no-mac-spoofing',
  'no-other-l2-traffic',
  'no-other-rarp-traffic',
  'qemu-announce-self',
  'qemu-announce-self-rarp',
]

/** A server's own filter refers to nova-base. */
export function filterXml(name: string, uuid: string): string {
  const filter = NWFILTERS.get(name) ?? { chain: 'root', refers: ['nova-base'], rules: [] }
  const body = [...filter.refers.map((other) => `<filterref filter='${other}'/>`), ...filter.rules].map((line) => `  ${line}\n`).join('')
  return `<filter name='${name}' chain='${filter.chain}'>\n  <uuid>${uuid}</uuid>\n${body}</filter>\n`
}
