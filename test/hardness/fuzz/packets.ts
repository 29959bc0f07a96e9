// Frames of every sort into every device, from both sides, with captures that print them and daemons that read them.
import type { NetDevice } from '../../../src/kernel/netdev.js'
import { newPacket } from '../../../src/kernel/packet.js'
import { encodeFrame } from '../../../src/wire/encode.js'
import type { Chance } from './chance.js'
import { frameBytes, frameOf } from './packet-parts.js'
import type { Room, Site } from './room.js'
import { SmallLab } from './small-lab.js'
import { SmallRoom } from './small-room.js'

export const packets: Room = {
  name: 'packets',
  about: 'frames of every sort received and sent by every device of two nodes, captured, printed, tracked, switched and answered',
  batch: 2000,
  open: (site) => PacketsRoom.open(site),
}

const START = [
  'dnsmasq --interface=br0 --bind-interfaces --dhcp-range=10.2.0.50,10.2.0.60,1h --dhcp-authoritative --pid-file=/tmp/d.pid',
  'iptables -A FORWARD -m state --state INVALID -j DROP; iptables -A FORWARD -j LOG; iptables -t mangle -A PREROUTING -m ttl --ttl-lt 2 -j MARK --set-mark 7',
  'iptables -A INPUT -p udp --dport 33434 -j REJECT; iptables -A INPUT -p tcp --dport 443 -j REJECT --reject-with tcp-reset',
  'iptables -t nat -A PREROUTING -d 10.1.0.1 -p tcp --dport 8080 -j DNAT --to 10.2.0.2:80',
  'sysctl -q -w net.bridge.bridge-nf-call-iptables=1',
  'tcpdump -i any -nnvvveXX > /dev/null 2>&1 &',
  'tcpdump -i eth0 -w /dev/null > /dev/null 2>&1 &',
]

/** Pipelines for the two bridges; the first leaves them learning switches. */
const FLOWS = [
  [],
  [
    'br1 "table=0,priority=1,actions=resubmit(,10),resubmit(,20)"',
    'br1 "table=10,actions=learn(table=20,hard_timeout=300,NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:0->NXM_OF_VLAN_TCI[],load:NXM_NX_TUN_ID[]->NXM_NX_TUN_ID[],output:NXM_OF_IN_PORT[])"',
    'br1 "table=20,priority=0,actions=flood"',
  ],
  [
    'br1 "ip,priority=9,actions=ct(table=1,zone=5)"',
    'br1 "arp,actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],mod_dl_src:02:00:00:00:00:09,load:0x2->NXM_OF_ARP_OP[],in_port"',
    'br1 "table=1,ip,ct_state=+new+trk,actions=ct(commit,zone=5,nat(src=10.9.9.9)),normal"',
    'br1 "table=1,ip,ct_state=+est+trk,actions=dec_ttl,normal"',
    'br1 "priority=1,actions=push_vlan:0x8100,set_field:4101->vlan_vid,normal"',
  ],
] as const

/** What virtual time passes after a frame; each fiftieth time, much. */
const SHORT_US = 2000
const LONG_S = 40

class PacketsRoom extends SmallRoom {
  static async open(site: Site): Promise<PacketsRoom> {
    const small = await SmallLab.open(site.seed)
    for (const line of START) await small.run(line)
    const flows = FLOWS[Number(site.seed.split('/').at(-1)) % FLOWS.length]!
    for (const flow of flows) {
      const added = await small.run(`ovs-ofctl -O OpenFlow13 add-flow ${flow}`)
      if (added.exitCode !== 0) throw new Error(`${flow}: ${added.stderr}`)
    }
    return new PacketsRoom(site, small)
  }

  async run(chance: Chance): Promise<string[]> {
    const devices = this.devices()
    const device = chance.pick(devices)
    const aims = { macs: [device.mac, ...devices.map(({ mac }) => mac)] }
    const bytes = frameBytes(chance, aims)
    const sends = chance.percent(40)
    this.site.note(`${sends ? 'out of' : 'into'} ${device.netns.kernel.name}/${device.name}: ${Buffer.from(bytes).toString('hex')}`)
    const frame = frameOf(bytes)
    const found = Buffer.from(encodeFrame(frame)).equals(Buffer.from(bytes)) ? [] : ['the bytes of the frame are not what it was made of']
    const packet = newPacket(this.small.lab.sim, device, frame)
    if (sends) device.transmit(packet)
    else device.receive(packet)
    const isLong = this.isTurn(50)
    await this.small.lab.advance(isLong ? LONG_S : SHORT_US / 1e6)
    found.push(...this.small.imbalance(), ...this.small.lab.takeBugs())
    if (isLong) found.push(...(await this.small.canary()))
    return found
  }

  private devices(): NetDevice[] {
    return ['a', 'b'].flatMap((name) => [...this.small.lab.node(name)!.machine.kernel.namespaces].flatMap((netns) => netns.devices))
  }

  override async close(): Promise<string[]> {
    const { small } = this
    const found = await small.canary()
    // What showing commands say of the traces that the traffic left.
    for (const line of SHOWS) {
      const result = await small.run(line)
      if (result.exitCode !== 0) found.push(`${line}: exit ${result.exitCode}: ${result.stderr.slice(0, 300)}`)
    }
    await small.run('killall tcpdump')
    await small.lab.advance(3600)
    const { held } = small.lab.sim.ledger
    if (held !== 0) found.push(`an hour after the last frame ${held} packets are still held`)
    found.push(...(await small.canary()))
    small.lab.close()
    return found
  }
}

const SHOWS = [
  'conntrack -L',
  'ip neigh',
  'ip -6 neigh',
  'ip -s -s link',
  'bridge fdb',
  'ovs-ofctl dump-flows br1',
  'ovs-appctl fdb/show br1',
  'ovs-appctl dpctl/dump-flows',
  'ovs-appctl dpctl/dump-conntrack',
  'iptables -L -vn',
  'ss -anp',
  'cat /proc/net/arp',
  'dmesg',
]
