// What DHCP clients share: frames from an address-less host, and replies picked off the wire.
import type { Ipv4Address } from '../../addr/ipv4.js'
import { BROADCAST_MAC } from '../../addr/mac.js'
import type { NetDevice } from '../../kernel/netdev.js'
import type { PacketSocket } from '../../kernel/packet-socket.js'
import type { UdpSocket } from '../../kernel/udp.js'
import { Bell, openPacket, openUdp, poll } from '../../node/net-api.js'
import type { Process } from '../../node/process.js'
import type { DhcpOption } from '../../wire/dhcp.js'
import { BOOTREPLY, BOOTREQUEST, DHCP_CLIENT_PORT, DHCP_SERVER_PORT, DhcpMessage, decodeDhcp, encodeDhcp } from '../../wire/dhcp.js'
import { udpBytes } from '../../wire/encode.js'
import { ETHERTYPE_IPV4, EthernetFrame } from '../../wire/ethernet.js'
import { Ipv4Packet, PROTO_UDP } from '../../wire/ipv4.js'
import { UdpDatagram } from '../../wire/udp.js'

export interface DhcpOutgoing {
  readonly ciaddr?: Ipv4Address
  readonly flags?: number
  readonly secs?: number
  readonly options: readonly DhcpOption[]
}

/** Remembers that it rang: signals that come while nobody waits. */
export class RingingBell extends Bell {
  rang = false
  override ring(): void {
    this.rang = true
    super.ring()
  }
}

/** One client's conversation on one device. */
export class DhcpExchange {
  xid = 0
  private raw: PacketSocket | null = null
  private fallback: UdpSocket | null = null

  constructor(
    private readonly proc: Process,
    readonly dev: NetDevice,
    /** Shortest message: 300 in udhcpc and dhclient. */
    private readonly ipFields: { readonly tos: number; readonly ttl: number } = { tos: 0, ttl: 64 },
    /** dhclient's "Socket/fallback": with it the kernel does not answer replies with "port unreachable". */
    private readonly holdsPort = false,
  ) {}

  /** Opens the raw listening socket; replies that come from now on are kept. */
  listen(): void {
    this.raw ??= openPacket(this.proc, this.dev, ETHERTYPE_IPV4, isDhcpReply)
    if (!this.holdsPort || this.fallback !== null) return
    this.fallback = openUdp(this.proc)
    this.fallback.reuseAddress = true
    this.fallback.bind(0, DHCP_CLIENT_PORT)
  }

  stopListening(): void {
    this.raw?.close()
    this.raw = null
    this.fallback?.close()
    this.fallback = null
  }

  private message(out: DhcpOutgoing): Uint8Array {
    return encodeDhcp(
      new DhcpMessage({
        op: BOOTREQUEST,
        xid: this.xid,
        secs: out.secs ?? 0,
        flags: out.flags ?? 0,
        ciaddr: out.ciaddr ?? 0,
        chaddr: this.dev.mac,
        options: out.options,
      }),
    )
  }

  /** From `ciaddr` (0.0.0.0 at first) to everybody, past the IP layer. */
  broadcast(out: DhcpOutgoing): void {
    this.listen()
    const payload = new UdpDatagram({ sport: DHCP_CLIENT_PORT, dport: DHCP_SERVER_PORT, payload: this.message(out) })
    const packet = new Ipv4Packet({
      tos: this.ipFields.tos,
      ttl: this.ipFields.ttl,
      proto: PROTO_UDP,
      src: out.ciaddr ?? 0,
      dst: -1,
      payload,
    })
    this.raw!.send(new EthernetFrame({ dst: BROADCAST_MAC, src: this.dev.mac, type: ETHERTYPE_IPV4, payload: packet }))
  }

  /** From the leased address to its server, through the IP layer. */
  unicast(out: DhcpOutgoing, server: Ipv4Address): boolean {
    this.listen()
    const socket = openUdp(this.proc)
    socket.reuseAddress = true
    const failed =
      socket.bind(out.ciaddr ?? 0, DHCP_CLIENT_PORT) ?? socket.connect(server, DHCP_SERVER_PORT) ?? socket.send(this.message(out))
    // The reply comes to the raw socket; this one only keeps the port from answering "unreachable".
    this.proc.machine.sim.scheduler.after(5_000_000, () => socket.close())
    return failed === null
  }

  /** The next reply of this conversation that `isWanted`; null when the time is over or the bell rang. */
  async reply(untilUs: number, isWanted: (message: DhcpMessage) => boolean, bell: RingingBell): Promise<DhcpMessage | null> {
    this.listen()
    const raw = this.raw!
    for (;;) {
      await poll(this.proc, [raw, bell], () => raw.received.length > 0 || bell.rang, untilUs - this.proc.nowUs)
      if (bell.rang) return null
      const received = raw.receive()
      if (received === null) return null
      const message = decodeDhcp(udpBytes(((received.frame.payload as Ipv4Packet).payload as UdpDatagram).payload))
      if (message !== null && message.xid === this.xid && message.chaddr === this.dev.mac && isWanted(message)) return message
    }
  }
}

function isDhcpReply(frame: EthernetFrame): boolean {
  const packet = frame.payload
  if (packet instanceof Uint8Array || packet.kind !== 'ipv4') return false
  const udp = packet.payload
  if (udp instanceof Uint8Array || udp.kind !== 'udp' || udp.dport !== DHCP_CLIENT_PORT) return false
  return udp.payload instanceof Uint8Array && udp.payload[0] === BOOTREPLY
}
