// iptables, ipset, iptables-restore and conntrack text, with packets through the rules; what is saved is restored, and saved again the same.

import { newPacket } from '../../../src/kernel/packet.js'
import { quoteWords } from '../../../src/lab/quote-words.js'
import type { Chance } from './chance.js'
import { corpus, dictionary } from './corpus.js'
import { mutateText, mutateWord, mutateWords, value } from './mutate.js'
import { frameBytes, frameOf } from './packet-parts.js'
import type { Room, Site } from './room.js'
import { SmallLab } from './small-lab.js'
import { RulesRoom } from './small-room.js'

export const firewall: Room = {
  name: 'firewall',
  about: 'rules, sets and whole tables by grammar and mutated, packets through them; save, restore and save again is a fixed point',
  batch: 300,
  open: (site) => FirewallRoom.open(site),
}

const MATCHES = [
  '-s 10.0.0.0/8',
  '! -d 10.2.0.2',
  '-i eth0',
  '! -o v+',
  '-p tcp',
  '-p udp',
  '-p icmp',
  '-p 47',
  '-p all',
  '-p tcp --dport 80',
  '-p tcp --sport 1:1024',
  '-p udp ! --dport 53',
  '-p tcp --syn',
  '-p tcp --tcp-flags SYN,ACK SYN',
  '-p tcp --tcp-option 2',
  '-p icmp --icmp-type 8',
  '-p icmp --icmp-type network-unreachable',
  '-m state --state NEW,ESTABLISHED',
  '-m conntrack --ctstate INVALID,DNAT',
  '-m conntrack --ctorigdst 10.0.0.1',
  '-m multiport -p tcp --dports 1,2:5,9',
  '-m mark --mark 0x1/0xff',
  '-m connmark --mark 1',
  '-m comment --comment "a b"',
  '-m limit --limit 5/min --limit-burst 3',
  '-m mac --mac-source 02:00:00:00:00:01',
  '-m physdev --physdev-in v0',
  '-m physdev --physdev-is-bridged',
  '-m set --match-set s1 src',
  '-m ttl --ttl-lt 3',
  '-m length --length 10:100',
  '-m addrtype --dst-type LOCAL',
  '-m iprange --src-range 10.0.0.1-10.0.0.9',
  '-m recent --name r --set',
  '-m recent --name r --rcheck --seconds 5 --hitcount 2',
  '-m statistic --mode nth --every 3',
  '-m statistic --mode random --probability 0.5',
  '-m hashlimit --hashlimit-above 1/sec --hashlimit-name h',
  '-m tos --tos 0x10',
  '-m dscp --dscp 10',
  '-m pkttype --pkt-type broadcast',
  '-m owner --uid-owner 0',
  '-m time --timestart 10:00',
  '-m string --string x --algo bm',
  '-m u32 --u32 "6&0xFF=1"',
  '-m tcpmss --mss 1:500',
  '-m socket',
  '-m rpfilter',
  '-m helper --helper ftp',
  '-m connlimit --connlimit-above 2',
  '-f',
  '-m quota --quota 100',
  '-m bpf --bytecode "1,6 0 0 1"',
  '-m cluster',
  '-m cpu --cpu 0',
  '-m nfacct',
]
const TARGETS = [
  'ACCEPT',
  'DROP',
  'RETURN',
  'REJECT',
  'REJECT --reject-with icmp-host-prohibited',
  'REJECT --reject-with tcp-reset',
  'LOG --log-prefix "x: " --log-level 4',
  'MASQUERADE',
  'MASQUERADE --to-ports 100-200',
  'SNAT --to 10.9.9.9',
  'SNAT --to-source 10.9.9.1-10.9.9.3:5-9',
  'DNAT --to 10.2.0.2:80',
  'DNAT --to-destination :8080',
  'REDIRECT --to-ports 9697',
  'NETMAP --to 10.8.0.0/16',
  'MARK --set-mark 1',
  'MARK --set-xmark 0x1/0xffff',
  'MARK --and-mark 3',
  'CONNMARK --save-mark',
  'CONNMARK --restore-mark --mask 0xff',
  'CT --notrack',
  'CT --zone 5',
  'NOTRACK',
  'TCPMSS --clamp-mss-to-pmtu',
  'TCPMSS --set-mss 100',
  'TTL --ttl-set 1',
  'TTL --ttl-dec 1',
  'TOS --set-tos 0x10',
  'DSCP --set-dscp 5',
  'CHECKSUM --checksum-fill',
  'CLASSIFY --set-class 1:1',
  'web',
  'f1',
  'f2',
  'INPUT',
  'nosuch',
  'TRACE',
  'NFLOG --nflog-prefix x',
  'SET --add-set s1 src',
  'QUEUE',
  'TEE --gateway 10.0.0.2',
  'NFQUEUE --queue-num 1',
]
const TABLES = ['filter', 'filter', 'nat', 'mangle', 'raw', 'security', 'nosuch']
const CHAINS = ['INPUT', 'FORWARD', 'OUTPUT', 'PREROUTING', 'POSTROUTING', 'web', 'f1', 'f2', 'nosuch', 'x'.repeat(30)]

const PACKETS = 3
const TWIN_EVERY = 30

class FirewallRoom extends RulesRoom {
  protected readonly twinEvery = TWIN_EVERY

  static async open(site: Site): Promise<FirewallRoom> {
    const batch = Number(site.seed.split('/').at(-1))
    const image = ['debian-12', 'ubuntu-16.04', 'debian-12', 'ubuntu-20.04'][batch % 4]
    const small = await SmallLab.open(site.seed, image)
    await small.run('iptables -N f1; iptables -N f2; sysctl -q -w net.bridge.bridge-nf-call-iptables=1; ping -c1 -W1 10.0.0.2')
    return new FirewallRoom(site, small)
  }

  private rule(chance: Chance): string {
    return [
      ...chance.some(0, 3, () => chance.pick(MATCHES)),
      ...(chance.percent(90) ? [`${chance.pick(['-j', '-j', '-j', '-g'])} ${chance.pick(TARGETS)}`] : []),
    ].join(' ')
  }

  protected line(chance: Chance): string {
    const spoil = (text: string): string => {
      if (chance.percent(75)) return text
      const word = (): string => (chance.percent(50) ? chance.pick(dictionary('tools/iptables')) : value(chance))
      return mutateWords(chance, text.split(' '), () => quoteWords([chance.percent(20) ? mutateWord(chance, word()) : word()]), 1).join(' ')
    }
    const tool = chance.percent(93) ? 'iptables' : 'ip6tables'
    const where = `-t ${chance.pick(TABLES)}`
    const chain = chance.pick(CHAINS)
    switch (chance.below(13)) {
      case 0:
        return spoil(
          `${tool} ${where} ${chance.pick(['-N', '-X', '-F', '-Z', '-L', '-S', '-P', '-E'])} ${chain} ${chance.pick(['', '', 'DROP', 'ACCEPT', '-vn', 'f3'])}`,
        )
      case 1:
        return spoil(
          `${tool} ${where} -${chance.pick(['D', 'C', 'R'])} ${chain} ${chance.pick(['', '1', '2', '-1', String(chance.number())])} ${this.rule(chance)}`,
        )
      case 2:
        return spoil(
          `ipset ${chance.pick(['create', 'add', 'del', 'test', 'list', 'flush', 'swap', 'save', 'rename', 'destroy'])} ${chance.pick(['s1', 's2', 's3'])} ${chance.pick(['hash:ip', 'hash:net', 'hash:ip,port', 'list:set', 'bitmap:port range 1-100', '10.0.0.2', '10.0.0.0/24', '10.0.0.2,tcp:80', 's2', ''])}`,
        )
      case 3:
        return `printf '%s\\n' ${quoteWords([this.table(chance)])} | ${tool}-restore ${chance.pick(['', '', '-n', '-T filter', '--test', '-c', '-w 1'])}`
      case 4:
        return mutated(chance, chance.pick(['iptables', 'ipset', 'conntrack', 'iptables-save', 'iptables-restore', 'ebtables']))
      default:
        return spoil(`${tool} ${where} ${chance.pick(['-A', '-A', '-I'])} ${chain} ${this.rule(chance)}`)
    }
  }

  private table(chance: Chance): string {
    const lines = [
      `*${chance.pick(TABLES)}`,
      ...chance.some(0, 3, () => `:${chance.pick(CHAINS)} ${chance.pick(['ACCEPT', 'DROP', '-'])} [${chance.below(9)}:0]`),
      ...chance.some(
        0,
        4,
        () =>
          `${chance.percent(10) ? '[1:2] ' : ''}-${chance.pick(['A', 'A', 'I', 'D', 'F', 'X', 'N'])} ${chance.pick(CHAINS)} ${this.rule(chance)}`,
      ),
      ...(chance.percent(90) ? ['COMMIT'] : []),
    ]
    const text = lines.join('\n')
    return chance.percent(30) ? mutateText(chance, text, 1) : text
  }

  protected send(chance: Chance): void {
    const { kernel } = this.small.lab.node('a')!.machine
    const devices = kernel.initNetns.devices
    for (let i = 0; i < PACKETS; i++) {
      const device = chance.pick(devices)
      device.receive(newPacket(this.small.lab.sim, device, frameOf(frameBytes(chance, { macs: [device.mac] }))))
    }
  }

  protected async twin(): Promise<string[]> {
    this.site.note('iptables-save | iptables-restore, and saved again')
    const { small } = this
    const rules = `grep -v '^#' | sed 's/ \\[.*//'`
    const restored = await small.run(`iptables-save > /tmp/1; cat /tmp/1 | ${rules} > /tmp/2; iptables-restore < /tmp/1`)
    if (restored.exitCode !== 0) return [`twin: restore: exit ${restored.exitCode}: ${restored.stderr.slice(0, 500)}`]
    const { stdout } = await small.run(`iptables-save | ${rules} | diff /tmp/2 -`)
    return stdout === '' ? [] : [`twin: tables differ: ${stdout.slice(0, 500)}`]
  }
}

function mutated(chance: Chance, tool: string): string {
  const lines = corpus().byTool.get(tool) ?? []
  const words = (lines.length === 0 ? `${tool} -L` : chance.pick(lines)).split(' ')
  const word = (): string =>
    chance.percent(60) ? chance.pick(dictionary(tool === 'conntrack' ? 'tools/conntrack' : 'tools/iptables')) : value(chance)
  return mutateWords(chance, words, () => quoteWords([word()])).join(' ')
}
