// Filters of tcpdump by grammar, and capture files that were cut, spoilt or made up, read by everything that reads them.

import { quoteWords } from '../../../src/lab/quote-words.js'
import { readPcap, writePcap } from '../../../src/wire/pcap.js'
import { writePcapng } from '../../../src/wire/pcapng.js'
import type { Chance } from './chance.js'
import { garbage, mutateText, value } from './mutate.js'
import { frameBytes } from './packet-parts.js'
import type { Room, Site } from './room.js'
import { SmallLab } from './small-lab.js'
import { SmallRoom } from './small-room.js'

export const captures: Room = {
  name: 'captures',
  about: 'tcpdump filters by grammar, pcap and pcapng files cut, spoilt and made up; what is written is read back the same',
  batch: 250,
  open: (site) => CapturesRoom.open(site),
}

const PRIMITIVES = [
  'icmp',
  'arp',
  'ip6',
  'tcp',
  'udp port 53',
  'host 10.0.0.1',
  'src net 10.0.0.0/8',
  'dst port 80',
  'portrange 1-100',
  'ether host 02:00:00:00:00:01',
  'ether proto 0x800',
  'vlan',
  'vlan 5',
  'mpls',
  'pppoes',
  'geneve',
  'vxlan 7',
  'less 100',
  'greater 10',
  'ip proto 47',
  'ip6 protochain 6',
  'broadcast',
  'ip multicast',
  'tcp[13] & 2 != 0',
  'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn',
  'ip[0] & 0xf != 5',
  'ether[0:2] = 0xffff',
  'ip[2:2] - ((ip[0]&0xf)<<2) > 5',
  'icmp[icmptype] = icmp-echo',
  'gateway x',
  'inbound',
  'outbound',
  'ifname eth0',
  'host nosuch',
  'len > 100',
  'udp[8:4] / 0 = 1',
  'ip[1 % 0] = 1',
  'net 10',
  'net 10.0.0.0 mask 255.0.0.0',
  'proto gre',
  'dst host fd00::1',
  'port http',
  'wlan type mgt',
  'decnet host 1.2',
  'atalk',
  'llc',
  'ether[65535] = 1',
  'ip[-1] = 1',
  'tcp[99999999999] = 1',
  'not',
  '!',
  '(',
  ')',
  'and',
  'or',
  '&&',
  '10.0.0.1',
  '80',
  'port 65536',
  'vlan 4096',
  'ip[0:3] = 1',
  '1 = 1',
  'rand(1)',
]

function filterText(chance: Chance, depth = 0): string {
  if (depth > 4 || chance.percent(45)) return chance.percent(92) ? chance.pick(PRIMITIVES) : value(chance)
  const inner = (): string => filterText(chance, depth + 1)
  return chance.pick([
    () => `${inner()} ${chance.pick(['and', 'or', '&&', '||'])} ${inner()}`,
    () => `not ${inner()}`,
    () => `(${inner()})`,
    () => `${inner()} and ${inner()} or not ${inner()}`,
  ])()
}

function hugeFilter(chance: Chance): string {
  const times = chance.pick([200, 3000])
  return chance.pick([
    `${'('.repeat(times)}ip${')'.repeat(times)}`,
    `${'not '.repeat(times)}ip`,
    Array.from({ length: times }, () => 'port 80').join(' or '),
    `ip[${'('.repeat(times)}1${')'.repeat(times)}] = 1`,
    `ip[${'ip['.repeat(times)}0${']'.repeat(times)}] = 1`,
  ])
}

const OPTIONS = [
  '-nn',
  '-v',
  '-vvv',
  '-e',
  '-X',
  '-XX',
  '-A',
  '-q',
  '-t',
  '-tt',
  '-ttttt',
  '-S',
  '-c 3',
  '-K',
  '-s 20',
  '-y EN10MB',
  '-#',
  '-x',
  '-l',
  '-U',
  '-T vxlan',
  '-T rtp',
  '-E x',
  '-O',
  '-N',
  '-H',
  '--number',
  '--count',
  '-D',
  '-L',
  '-d',
  '-dd',
  '-G 1',
  '-C 1',
  '-W 2',
  '-Z root',
  '-B 1',
  '-J',
  '-j host',
  '-p',
  '-i any',
  '-Q in',
  '-I',
]
const LINK_TYPES = [1, 1, 1, 1, 101, 113, 276, 0, 9, 105, 228, 999]

class CapturesRoom extends SmallRoom {
  static async open(site: Site): Promise<CapturesRoom> {
    return new CapturesRoom(site, await SmallLab.open(site.seed))
  }

  async run(chance: Chance): Promise<string[]> {
    const filter = chance.percent(2)
      ? hugeFilter(chance)
      : chance.percent(15)
        ? mutateText(chance, filterText(chance), 1)
        : chance.percent(4)
          ? garbage(chance, 30)
          : filterText(chance)
    const options = chance.some(0, 3, () => chance.pick(OPTIONS)).join(' ')
    const { bytes, found } = this.file(chance)
    this.small.lab.putFile('a', '/tmp/c.pcap', Buffer.from(bytes).toString('base64'))
    const line = chance.percent(15)
      ? `timeout 1 tcpdump ${options} ${quoteWords([filter])} > /tmp/o`
      : `tcpdump -r /tmp/c.pcap ${options} ${quoteWords([filter])}`
    this.site.note(`${line}  # file: ${Buffer.from(bytes).toString('hex')}`)
    found.push(...this.small.faults(await this.small.run(line)))
    if (chance.percent(10)) found.push(...(await this.rewritten(bytes)))
    if (this.isTurn(50)) found.push(...(await this.small.canary()))
    return found
  }

  /** A file as netlab writes it, then maybe spoilt; while it is whole it must be read back as it was. */
  private file(chance: Chance): { bytes: Uint8Array; found: string[] } {
    if (chance.percent(4)) return { bytes: chance.bytes(chance.below(100)), found: [] }
    const packets = chance.some(0, 4, () => {
      const whole = frameBytes(chance, { macs: [] })
      return {
        timeUs: chance.below(2 ** 31) * 1000,
        nanos: 0,
        bytes: whole.slice(0, chance.pick([whole.length, 20])),
        originalLength: whole.length,
      }
    })
    const isNg = chance.percent(40)
    const bytes = isNg
      ? writePcapng(
          [{ name: 'eth0', description: '', linkType: 1 }],
          packets.map((packet) => ({
            ...packet,
            interface: 0,
            direction: chance.pick(['in', 'out', 'unknown'] as const),
            comment: chance.pick(['', 'x']),
          })),
          'x',
        )
      : writePcap(chance.pick(LINK_TYPES), 262144, packets)
    const found: string[] = []
    const back = isNg ? null : readPcap(bytes)
    if (typeof back === 'string' || (back !== null && back.packets.length !== packets.length))
      found.push(`a file that was just written is not read: ${typeof back === 'string' ? back : back?.packets.length}`)
    if (chance.percent(35)) return { bytes, found }
    const spoilt = bytes.slice(0, chance.percent(40) ? chance.below(bytes.length + 1) : bytes.length)
    for (let i = chance.below(6); i > 0 && spoilt.length > 0; i--)
      spoilt[chance.below(chance.percent(60) ? Math.min(60, spoilt.length) : spoilt.length)] = chance.pick([
        0,
        255,
        127,
        128,
        chance.below(256),
      ])
    return { bytes: spoilt, found }
  }

  /** tcpdump -r A -w B reads B as it read A. */
  private async rewritten(bytes: Uint8Array): Promise<string[]> {
    const { exitCode } = await this.small.run('tcpdump -r /tmp/c.pcap -w /tmp/d.pcap')
    if (exitCode !== 0) return []
    const one = await this.small.run('tcpdump -nnvvveXXtt -r /tmp/c.pcap')
    const two = await this.small.run('tcpdump -nnvvveXXtt -r /tmp/d.pcap')
    return one.stdout === two.stdout ? [] : [`tcpdump -r A -w B: B reads differently (${bytes.length} bytes)`]
  }
}
