// A capture of everything a lab's wires carry, made with the encoders: what the golden files of tcpdump were recorded from.
import { parseIpv4, parsePrefix } from '../../../src/addr/ipv4.js'
import { ALL_NODES_IPV6, linkLocalOfMac, macOfMulticastIpv6, parseIpv6, solicitedNodeOf } from '../../../src/addr/ipv6.js'
import { BROADCAST_MAC, parseMac } from '../../../src/addr/mac.js'
import { ARP_REPLY, ARP_REQUEST, ArpPacket } from '../../../src/wire/arp.js'
import { joinBytes } from '../../../src/wire/bytes.js'
import * as dhcp from '../../../src/wire/dhcp.js'
import * as dns from '../../../src/wire/dns.js'
import { encodeFrame, encodeIpv4 } from '../../../src/wire/encode.js'
import { EthernetFrame, type EthernetPayload, vlanTag } from '../../../src/wire/ethernet.js'
import { IcmpMessage } from '../../../src/wire/icmp.js'
import { Icmpv6Message } from '../../../src/wire/icmpv6.js'
import { IP_DF, IP_MF, Ipv4Packet, type Ipv4Payload } from '../../../src/wire/ipv4.js'
import { Ipv6Packet } from '../../../src/wire/ipv6.js'
import * as nd from '../../../src/wire/nd.js'
import type { CapturedPacket } from '../../../src/wire/pcap.js'
import { TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN, TcpSegment } from '../../../src/wire/tcp.js'
import { UdpDatagram } from '../../../src/wire/udp.js'

const ip = (text: string): number => parseIpv4(text)!
const vm = parseMac('fa:16:3e:2c:e8:ec')!
const router = parseMac('fa:16:3e:a4:70:25')!
const VM = ip('192.168.0.5')
const ROUTER = ip('192.168.0.1')
const OUTSIDE = ip('203.0.113.9')
const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const hex = (value: string): Uint8Array =>
  Uint8Array.from(
    value
      .replace(/\s/g, '')
      .match(/../g)!
      .map((byte) => Number.parseInt(byte, 16)),
  )

function ether(type: number, payload: EthernetPayload, dst = router, src = vm): EthernetFrame {
  return new EthernetFrame({ dst, src, type, payload })
}

interface Ipv4Fields {
  readonly src?: number
  readonly dst?: number
  readonly ttl?: number
  readonly id?: number
  readonly flags?: number
  readonly tos?: number
  readonly fragOffset?: number
  readonly options?: Uint8Array
  readonly checksum?: number
}

function ipv4(proto: number, payload: Ipv4Payload, fields: Ipv4Fields = {}): Ipv4Packet {
  return new Ipv4Packet({ ttl: 64, id: 0x1234, flags: IP_DF, src: VM, dst: OUTSIDE, ...fields, proto, payload })
}

const over = (packet: Ipv4Packet, dst = router, src = vm): EthernetFrame => ether(0x0800, packet, dst, src)
const echo = (type: number, seq: number): IcmpMessage =>
  new IcmpMessage({ type, code: 0, rest: (0x4d2 << 16) | seq, payload: text('0123456789abcdef') })
const udp = (sport: number, dport: number, payload: Uint8Array, checksum: number | null = null): UdpDatagram =>
  new UdpDatagram({ sport, dport, payload, checksum })

function arps(): EthernetFrame[] {
  const request = { operation: ARP_REQUEST, senderMac: vm, senderIp: VM, targetMac: 0, targetIp: ROUTER }
  return [
    ether(0x0806, new ArpPacket(request), BROADCAST_MAC),
    ether(0x0806, new ArpPacket({ operation: ARP_REPLY, senderMac: router, senderIp: ROUTER, targetMac: vm, targetIp: VM }), vm, router),
    ether(0x0806, new ArpPacket({ ...request, targetMac: router }), router),
    new EthernetFrame({
      dst: BROADCAST_MAC,
      src: vm,
      type: 0x0806,
      payload: new ArpPacket({ ...request, targetIp: VM }),
      trailer: new Uint8Array(18),
    }),
  ]
}

function pings(): EthernetFrame[] {
  const request = ipv4(1, echo(8, 1))
  const error = (type: number, code: number, rest: number, quoted: Ipv4Packet): EthernetFrame => {
    const message = new IcmpMessage({ type, code, rest, payload: encodeIpv4(quoted) })
    return over(ipv4(1, message, { src: ROUTER, dst: VM, tos: 0xc0, flags: 0 }), vm, router)
  }
  return [
    over(request),
    over(ipv4(1, echo(0, 1), { src: OUTSIDE, dst: VM, ttl: 61, flags: 0 }), vm, router),
    error(3, 1, 0, request),
    error(3, 0, 0, request),
    error(3, 3, 0, ipv4(17, udp(40000, 33434, new Uint8Array(32)))),
    error(3, 4, 1400, request),
    error(3, 13, 0, ipv4(6, new TcpSegment({ sport: 40000, dport: 22, seq: 1, ack: 0, flags: TCP_SYN, window: 1000 }))),
    error(11, 0, 0, request),
    error(5, 1, ip('192.168.0.2') >>> 0, request),
    over(ipv4(1, new IcmpMessage({ type: 8, code: 0, checksum: 0x1111, rest: 0, payload: new Uint8Array(0) }), { checksum: 0x2222 })),
    over(ipv4(1, echo(8, 2), { options: hex('94040000 070b 04 c0a80001 c0a80002 00') })),
  ]
}

function connections(): EthernetFrame[] {
  const options = hex('020405b4 0402 080a 00000064 00000000 01 030307')
  const stamps = hex('0101 080a 00000065 000000c8')
  const to = (fields: Partial<TcpSegment> & { flags: number }): EthernetFrame =>
    over(ipv4(6, new TcpSegment({ sport: 45678, dport: 80, seq: 1000, ack: 0, window: 64240, ...fields })))
  const from = (fields: Partial<TcpSegment> & { flags: number }): EthernetFrame =>
    over(
      ipv4(6, new TcpSegment({ sport: 80, dport: 45678, seq: 5000, ack: 1001, window: 65160, ...fields }), {
        src: OUTSIDE,
        dst: VM,
        ttl: 61,
      }),
      vm,
      router,
    )
  return [
    to({ flags: TCP_SYN, options }),
    from({ flags: TCP_SYN | TCP_ACK, options }),
    to({ flags: TCP_ACK, seq: 1001, ack: 5001, options: stamps }),
    to({ flags: TCP_PSH | TCP_ACK, seq: 1001, ack: 5001, options: stamps, payload: text('GET / HTTP/1.1\r\nHost: example\r\n\r\n') }),
    from({ flags: TCP_PSH | TCP_ACK, seq: 5001, ack: 1036, payload: text('HTTP/1.0 200 OK\r\nServer: x\r\n\r\nhello') }),
    from({ flags: TCP_ACK, seq: 5037, ack: 1036, options: hex('0101 050a 00000500 00000600') }),
    to({ flags: TCP_FIN | TCP_ACK, seq: 1036, ack: 5037 }),
    from({ flags: TCP_RST, seq: 5037, ack: 0, window: 0, checksum: 0x1234 }),
    to({ flags: TCP_SYN, sport: 50000, dport: 22 }),
    from({ flags: TCP_RST | TCP_ACK, sport: 22, dport: 50000, seq: 0, ack: 1001, window: 0 }),
    to({ flags: TCP_PSH | TCP_ACK, sport: 50001, dport: 22, seq: 1, ack: 1, payload: text('SSH-2.0-OpenSSH_9.2\r\n') }),
  ]
}

function datagrams(): EthernetFrame[] {
  const query = dns.dnsQuery(4711, 'vm1.openstacklocal', dns.DNS_TYPE_A)
  const answers = [
    dns.nameRecord('vm1.openstacklocal', dns.DNS_TYPE_CNAME, 'host-5.openstacklocal', 60),
    dns.addressRecord('host-5.openstacklocal', VM, 3661),
  ]
  const response = dns.dnsResponse(query, dns.DNS_AA, answers)
  const reverse = dns.dnsQuery(4712, dns.reverseNameOf(VM), dns.DNS_TYPE_PTR)
  const send = (payload: UdpDatagram, fields: Ipv4Fields = {}): EthernetFrame => over(ipv4(17, payload, fields))
  return [
    send(udp(40001, 53, dns.encodeDns(query)), { dst: ROUTER }),
    send(udp(53, 40001, dns.encodeDns(response)), { src: ROUTER, dst: VM }),
    send(udp(53, 40002, dns.encodeDns(dns.dnsResponse(reverse, dns.DNS_NXDOMAIN, []))), { src: ROUTER, dst: VM }),
    send(udp(9999, 9998, text('payload'))),
    send(udp(9999, 9998, text('payload'), 0)),
    send(udp(9999, 9998, text('payload'), 0x4321)),
    send(udp(50000, 514, text('<13>Nov 21 vm1 root: hello'))),
    send(udp(50001, 69, joinBytes([hex('0001'), text('pxelinux.0\0octet\0')]))),
    over(ipv4(17, new Uint8Array(24).fill(0x61), { flags: IP_MF, id: 77 })),
    over(ipv4(17, new Uint8Array(24).fill(0x62), { flags: 0, fragOffset: 24, id: 77 })),
    over(ipv4(99, new Uint8Array(16))),
    over(ipv4(2, hex('1600 ffff e00000fb'), { dst: ip('224.0.0.251'), ttl: 1 })),
    over(ipv4(2, hex('2200 f901 00000001 04000000 e00000fb'), { dst: ip('224.0.0.22'), ttl: 1, options: hex('94040000') })),
    over(ipv4(112, hex('21330af0 00010000 0a00000a 00000000 00000000'), { dst: ip('224.0.0.18'), ttl: 255 })),
  ]
}

function leases(): EthernetFrame[] {
  const xid = 0xdeadbeef
  const discover = new dhcp.DhcpMessage({
    op: dhcp.BOOTREQUEST,
    xid,
    secs: 3,
    chaddr: vm,
    options: [
      dhcp.numberOption(dhcp.DHO_MESSAGE_TYPE, dhcp.DHCPDISCOVER, 1),
      dhcp.textOption(dhcp.DHO_HOST_NAME, 'vm1'),
      dhcp.bytesOption(dhcp.DHO_CLIENT_IDENTIFIER, [1, 0xfa, 0x16, 0x3e, 0x2c, 0xe8, 0xec]),
      dhcp.bytesOption(dhcp.DHO_PARAMETER_REQUEST_LIST, [1, 3, 6, 12, 15, 26, 121]),
    ],
  })
  const offer = new dhcp.DhcpMessage({
    op: dhcp.BOOTREPLY,
    xid,
    flags: dhcp.DHCP_BROADCAST_FLAG,
    yiaddr: VM,
    siaddr: ip('192.168.0.3'),
    chaddr: vm,
    options: [
      dhcp.numberOption(dhcp.DHO_MESSAGE_TYPE, dhcp.DHCPOFFER, 1),
      dhcp.addressOption(dhcp.DHO_SERVER_IDENTIFIER, ip('192.168.0.3')),
      dhcp.numberOption(dhcp.DHO_LEASE_TIME, 86400, 4),
      dhcp.addressOption(dhcp.DHO_SUBNET_MASK, ip('255.255.255.0')),
      dhcp.addressOption(dhcp.DHO_ROUTERS, ROUTER),
      dhcp.addressOption(dhcp.DHO_DOMAIN_NAME_SERVERS, ROUTER, ip('8.8.8.8')),
      dhcp.textOption(dhcp.DHO_DOMAIN_NAME, 'openstacklocal'),
      dhcp.numberOption(dhcp.DHO_INTERFACE_MTU, 1454, 2),
      dhcp.classlessRoutesOption([
        { dst: parsePrefix('169.254.169.254/32')!, via: ROUTER },
        { dst: parsePrefix('0.0.0.0/0')!, via: ROUTER },
      ]),
    ],
  })
  return [
    over(ipv4(17, udp(68, 67, dhcp.encodeDhcp(discover)), { src: 0, dst: -1 }), BROADCAST_MAC),
    over(ipv4(17, udp(67, 68, dhcp.encodeDhcp(offer)), { src: ip('192.168.0.3'), dst: VM }), vm, router),
  ]
}

function sixes(): EthernetFrame[] {
  const self = linkLocalOfMac(vm)
  const target = linkLocalOfMac(router)
  const send = (dst: bigint, payload: Icmpv6Message): EthernetFrame =>
    ether(0x86dd, new Ipv6Packet({ nextHeader: 58, hopLimit: 255, src: self, dst, payload }), macOfMulticastIpv6(dst))
  const advert = hex(
    '40800708 00000000 00000000 0101 fa163ea47025 0501 0000 000005dc 0304 40c0 00015180 00003840 00000000 20010db8 00000000 00000000 00000000',
  )
  return [
    send(solicitedNodeOf(target), nd.neighbourSolicit(target, vm)),
    send(self, nd.neighbourAdvert(target, router, nd.ND_ROUTER | nd.ND_SOLICITED | nd.ND_OVERRIDE)),
    send(parseIpv6('ff02::2')!, nd.routerSolicit(vm)),
    send(ALL_NODES_IPV6, new Icmpv6Message({ type: 134, code: 0, body: advert })),
    send(target, new Icmpv6Message({ type: 128, code: 0, body: hex('00070001 6162636465666768') })),
    ether(
      0x86dd,
      nd.mld2Report(self, nd.MLD2_CHANGE_TO_EXCLUDE, [solicitedNodeOf(self), parseIpv6('ff02::fb')!]),
      parseMac('33:33:00:00:00:16')!,
    ),
    ether(
      0x86dd,
      new Ipv6Packet({
        nextHeader: 17,
        hopLimit: 64,
        src: self,
        dst: target,
        flowLabel: 0x12345,
        trafficClass: 0x20,
        payload: udp(5353, 9, text('x')),
      }),
    ),
  ]
}

function tunnels(): EthernetFrame[] {
  const inner = over(ipv4(1, echo(8, 3)))
  const bytes = encodeFrame(inner)
  const between = { src: ip('172.16.0.1'), dst: ip('172.16.0.2') }
  return [
    inner.pushVlan(vlanTag(20)),
    inner.pushVlan(vlanTag(20, 5)).pushVlan({ tpid: 0x88a8, tci: 0x1064 }),
    over(ipv4(47, joinBytes([hex('20006558 00000003'), bytes]), between)),
    over(ipv4(47, joinBytes([hex('00000800'), encodeIpv4(ipv4(1, echo(8, 4)))]), between)),
    over(ipv4(17, udp(50000, 4789, joinBytes([hex('08000000 00006400'), bytes]), 0), between)),
    over(ipv4(17, udp(50000, 6081, joinBytes([hex('02406558 00000b00 01020304 05060708'), bytes]), 0), between)),
    over(ipv4(4, encodeIpv4(ipv4(1, echo(8, 5))), between)),
  ]
}

function others(): EthernetFrame[] {
  const bridges = parseMac('01:80:c2:00:00:00')!
  const config = hex('424203 0000 00 00 01 8000525400aa0001 00000000 8000525400aa0001 8001 0000 1400 0200 0f00')
  const rapid = hex('424203 0000 02 02 3c 8000525400aa0001 00000004 8001525400aa0002 8002 0100 1400 0200 0f00 00')
  return [
    ether(config.length, config, bridges),
    ether(rapid.length, rapid, bridges),
    ether(7, hex('424203 0000 00 80'), bridges),
    ether(6, hex('0e0e 03 616263'), bridges),
    ether(8, hex('aaaa03 00000c 9999'), bridges),
    ether(0x88b5, text('experimental')),
    ether(0x0800, hex('45')),
    ether(0x0800, hex('4500 0054 0000 0000 4001 0000 0a000001 0a000002 0800')),
    ether(0x0800, hex('6500 0014')),
  ]
}

export const FRAMES: readonly EthernetFrame[] = [
  ...arps(),
  ...pings(),
  ...connections(),
  ...datagrams(),
  ...leases(),
  ...sixes(),
  ...tunnels(),
  ...others(),
]

/** A quarter of a second and some microseconds between them. */
export const PACKETS: readonly CapturedPacket[] = FRAMES.map((frame, i) => {
  const bytes = encodeFrame(frame)
  return { timeUs: 1353456000000000 + i * 250007, nanos: 0, originalLength: bytes.length, bytes }
})
