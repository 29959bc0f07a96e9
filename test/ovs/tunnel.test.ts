// Two machines, a switch on each, a tunnel between them: both datapaths, keys, MTU, and a TCP session across.
import { expect, test } from 'vitest'
import { parseMac } from '../../src/addr/mac.js'
import type { VethDevice } from '../../src/kernel/dev/veth.js'
import { Kernel } from '../../src/kernel/kernel.js'
import { Simulation } from '../../src/kernel/simulation.js'
import type { OfBridge } from '../../src/ovs/bridge.js'
import type { PortKind, TunnelConfig } from '../../src/ovs/ports.js'
import { VSwitch } from '../../src/ovs/vswitch.js'
import { encodeFrame } from '../../src/wire/encode.js'
import type { EthernetFrame } from '../../src/wire/ethernet.js'
import { Ipv4Packet } from '../../src/wire/ipv4.js'
import { address, Capture, ip, link, ping, run, vethPair } from '../kernel/lab.js'
import { internalHost } from './datapath-lab.js'

type TunnelKind = Extract<PortKind, 'gre' | 'vxlan' | 'geneve'>
const PORTS: Readonly<Record<TunnelKind, number>> = { gre: 0, vxlan: 4789, geneve: 6081 }

function config(kind: TunnelKind, remote: number | 'flow', options: Partial<TunnelConfig> = {}): TunnelConfig {
  const fixed = { inKey: 5n, outKey: 5n, dstPort: PORTS[kind], ttl: 64, tos: 0, df: true, csum: false }
  return { remote, local: null, ...fixed, ...options }
}

interface Side {
  readonly kernel: Kernel
  readonly vswitch: VSwitch
  readonly bridge: OfBridge
  readonly guest: ReturnType<typeof internalHost>
  readonly nic: VethDevice
}

/** A guest behind `br-tun` on each of two machines; the underlay is 172.16.0.0/24 on `eth0`. */
function twoMachines(
  kind: TunnelKind,
  options: { netdev?: boolean; version?: string; far?: Partial<TunnelConfig>; near?: Partial<TunnelConfig> } = {},
): [Side, Side] {
  const sim = new Simulation(1)
  const kernels = [new Kernel(sim, 'a'), new Kernel(sim, 'b')] as const
  const netdev = options.netdev === true
  const nicName = netdev ? 'nic0' : 'eth0'
  const nics = netdev
    ? vethPair(kernels[0].initNetns, nicName, kernels[1].initNetns, nicName)
    : link(kernels[0].initNetns, nicName, '172.16.0.1/24', kernels[1].initNetns, nicName, '172.16.0.2/24')
  for (const nic of nics) {
    nic.conf6.disable_ipv6 = 1
    nic.setUp()
  }
  const sides = kernels.map((kernel, i): Side => {
    const vswitch = new VSwitch(kernel, options.version ?? '3.1.0')
    kernel.initNetns.confDefault.rp_filter = 0
    if (netdev) underlayBridge(vswitch, `172.16.0.${i + 1}/24`)
    const bridge = vswitch.addBridge({ name: 'br-tun', datapathType: netdev ? 'netdev' : 'system', failMode: 'standalone' })
    bridge.local.conf6.disable_ipv6 = 1
    const tunnel = config(kind, ip(`172.16.0.${2 - i}`), i === 0 ? options.near : options.far)
    const guest = internalHost(bridge, 'guest', `10.0.0.${i + 1}/24`)
    bridge.addPort({ name: 'tun0', kind, tunnel })
    return { kernel, vswitch, bridge, guest, nic: nics[i]! }
  })
  return [sides[0]!, sides[1]!]
}

function underlayBridge(vswitch: VSwitch, cidr: string): void {
  const bridge = vswitch.addBridge({ name: 'eth0', datapathType: 'netdev', failMode: 'standalone' })
  bridge.addPort({ name: 'nic0', kind: 'system' })
  bridge.local.conf6.disable_ipv6 = 1
  address(bridge.local, cidr)
  bridge.local.setUp()
}

/** Echo replies that came back. */
function answers({ kernel, guest }: Side, size = 56): number {
  let replies = 0
  const capture = new Capture(guest.dev)
  ping(guest.netns, '10.0.0.2', { size, df: true })
  run(kernel, 2)
  for (const { frame, direction } of capture.frames) if (direction === 'in' && isEchoReply(frame)) replies++
  guest.dev.taps.delete(capture)
  return replies
}

function isEchoReply(frame: EthernetFrame): boolean {
  const packet = frame.payload
  return (
    packet instanceof Ipv4Packet && !(packet.payload instanceof Uint8Array) && packet.payload.kind === 'icmp' && packet.payload.type === 0
  )
}

/** Outer packets by protocol: length, ttl, flags, id. */
function outers(capture: Capture): string[] {
  return capture.frames.flatMap(({ frame, direction }) => {
    const packet = frame.payload
    if (!(packet instanceof Ipv4Packet)) return []
    return [`${direction} proto ${packet.proto} len ${packet.length} ttl ${packet.ttl} flags ${packet.flags}`]
  })
}

test.each<[TunnelKind, boolean, number, number]>([
  ['gre', false, 47, 42],
  ['vxlan', false, 17, 50],
  ['geneve', false, 17, 50],
  ['gre', true, 47, 42],
  ['vxlan', true, 17, 50],
])('%s, userspace %s: a ping crosses; the largest that fits, and one byte more that vanishes', (kind, netdev, proto, overhead) => {
  const [a, b] = twoMachines(kind, { netdev })
  const wire = new Capture(a.nic)
  // Userspace: the first packets are lost while the switch resolves the remote end.
  if (netdev) for (let i = 0; i < 3; i++) answers(a)
  wire.frames.length = 0
  expect(answers(a)).toBe(1)
  const echo = `proto ${proto} len ${98 + overhead - 14} ttl 64 flags 2`
  expect(outers(wire).filter((line) => line.endsWith(`len ${98 + overhead - 14} ttl 64 flags 2`))).toEqual([`out ${echo}`, `in ${echo}`])
  const largest = 1500 - overhead - 28
  expect(answers(a, largest)).toBe(1)
  expect(Math.max(...wire.frames.map(({ frame }) => frame.length))).toBe(1514)
  expect(answers(a, largest + 1)).toBe(0)
  expect(b.guest.dev.stats.rxErrors).toBe(0)
})

test('the outer headers byte for byte: GRE with a key, VXLAN without a checksum', () => {
  for (const [kind, expected] of [
    ['gre', '2000655800000005'],
    ['vxlan', '0800000000000500'],
  ] as const) {
    const [a] = twoMachines(kind)
    const wire = new Capture(a.nic)
    answers(a)
    const frame = wire.frames.find(({ frame: each }) => each.payload instanceof Ipv4Packet)!.frame
    const bytes = encodeFrame(frame)
    const at = kind === 'gre' ? 34 : 42
    expect(Buffer.from(bytes.subarray(at, at + 8)).toString('hex')).toBe(expected)
    if (kind === 'gre') continue
    const [sport, dport, , checksum] = [34, 36, 38, 40].map((i) => (bytes[i]! << 8) | bytes[i + 1]!)
    expect([sport! >= 32768 && sport! < 61000, dport, checksum]).toEqual([true, 4789, 0])
  }
})

test('a key that the other side does not take is dropped with its reason', () => {
  const [a, b] = twoMachines('gre', { far: { inKey: 6n } })
  expect(answers(a)).toBe(0)
  expect(b.kernel.sim.ledger.dropped.get('TUNNEL_NO_VNI')).toBeGreaterThan(0)
})

test('the host sees outer packets in its own hooks, and vxlan_sys_4789 the inner ones', () => {
  const [a] = twoMachines('vxlan', { version: '2.12.0' })
  const device = a.kernel.initNetns.deviceByName('vxlan_sys_4789')!
  expect([device.mtu, device.master?.name]).toEqual([65000, 'ovs-system'])
  const inner = new Capture(device)
  expect(answers(a)).toBe(1)
  expect(inner.lines().filter((line) => line.includes('icmp'))).toEqual([
    'out 10.0.0.1 > 10.0.0.2 ttl 64 icmp 8/0',
    'in 10.0.0.2 > 10.0.0.1 ttl 64 icmp 0/0',
  ])
  a.bridge.removePort(a.bridge.portByName('tun0')!)
  expect(a.kernel.initNetns.deviceByName('vxlan_sys_4789')).toBe(null)
  expect(twoMachines('gre', { version: '2.0.2' })[0].kernel.initNetns.deviceByName('gre_sys')).toBe(null)
})

test('a TCP session across GRE, both datapaths', () => {
  for (const netdev of [false, true]) {
    const [a, b] = twoMachines('gre', { netdev })
    if (netdev) for (let i = 0; i < 3; i++) answers(a)
    const listener = b.guest.netns.sockets.tcp()
    expect(listener.bind(0, 80)).toBe(null)
    listener.listen(5)
    const client = a.guest.netns.sockets.tcp()
    client.connect(ip('10.0.0.2'), 80)
    run(a.kernel, 1)
    expect(client.state).toBe('ESTABLISHED')
  }
})

test('userspace: what tnl and route listings show follows the packets', () => {
  const [a] = twoMachines('vxlan', { netdev: true })
  const { native } = a.vswitch
  expect(native.portsText()).toMatch(/^Listening ports:\nvxlan_sys_4789 \(\d+\) ref_cnt=1\n$/)
  const head = `IP                                            MAC                 Bridge\n${'='.repeat(74)}\n`
  expect(native.neighboursText()).toBe(head)
  expect(answers(a)).toBe(1)
  const far = 'eth0'
  const mac = [...native.neighboursText().matchAll(/^172\.16\.0\.2 +(\S+) +(\S+)$/gm)].map((match) => [
    parseMac(match[1]!) !== null,
    match[2],
  ])
  expect(mac).toEqual([[true, far]])
  expect(native.routesText()).toBe(
    'Route Table:\nCached: 172.16.0.1/32 dev eth0 SRC 172.16.0.1 local\nCached: 172.16.0.0/24 dev eth0 SRC 172.16.0.1\n',
  )
})

test('userspace: a remote end that comes late is asked for again', () => {
  const [a, b] = twoMachines('gre', { netdev: true })
  b.nic.setDown()
  expect(answers(a)).toBe(0)
  run(a.kernel, 5)
  b.nic.setUp()
  expect(answers(a)).toBe(1)
})

test('egress_pkt_mark marks the outer packet, and no other', () => {
  const [a] = twoMachines('vxlan', { near: { egressMark: 7 } })
  const marks: number[] = []
  a.nic.taps.add({ frame: (pkt, _dev, direction) => void (direction === 'out' && pkt.frame.type === 0x0800 && marks.push(pkt.mark)) })
  expect(answers(a)).toBe(1)
  expect([...new Set(marks)]).toEqual([7])
})

test.each([
  ['gre', false],
  ['vxlan', false],
  ['gre', true],
] as const)('%s, userspace %s: no packet is lost without a reason', (kind, netdev) => {
  const [a] = twoMachines(kind, { netdev, far: { inKey: 6n } })
  answers(a)
  answers(a, 1472)
  run(a.kernel, 60)
  const { ledger } = a.kernel.sim
  expect(ledger.made + ledger.cloned).toBe(ledger.delivered + ledger.held + ledger.droppedTotal)
})
