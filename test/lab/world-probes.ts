// Packets of many kinds through all of a world, and every frame on every device: what two equal worlds must agree on.
import { formatIpv4 } from '../../src/addr/ipv4.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import type { NetDevice, PacketTap } from '../../src/kernel/netdev.js'
import type { NetNamespace } from '../../src/kernel/netns.js'
import type { Packet } from '../../src/kernel/packet.js'
import type { Simulation } from '../../src/kernel/simulation.js'
import { encodeFrame } from '../../src/wire/encode.js'

export interface ProbedWorld {
  readonly sim: Simulation
  readonly kernels: ReadonlyMap<string, Kernel>
}

class EveryFrame implements PacketTap {
  readonly lines: string[] = []
  constructor(private readonly sim: Simulation) {}
  frame(pkt: Packet, dev: NetDevice, direction: 'in' | 'out'): void {
    const where = `${dev.netns.kernel.name}/${dev.netns.name}/${dev.name}`
    this.lines.push(`${this.sim.nowUs} ${where} ${direction} ${Buffer.from(encodeFrame(pkt.frame)).toString('hex')}`)
  }
}

interface Place {
  readonly netns: NetNamespace
  readonly address: number
}

export interface ProbeChoice {
  /** Pairs of places beyond this number are left out. */
  readonly pairs: number
  /** Which pairs: another number, other ones. */
  readonly offset: number
}

/** Every frame on every device while it runs, in order, with its time. */
export function probe(world: ProbedWorld, { pairs, offset }: ProbeChoice): string[] {
  const tap = new EveryFrame(world.sim)
  const devices = [...world.kernels.values()].flatMap((kernel) => [...kernel.namespaces]).flatMap((netns) => netns.devices)
  for (const dev of devices) dev.taps.add(tap)
  const places = placesOf(world)
  const all = places.flatMap((from) => places.filter((to) => to !== from && to.netns !== from.netns).map((to) => ({ from, to })))
  const step = Math.max(1, Math.floor(all.length / pairs))
  for (let i = offset % step, turn = offset; i < all.length; i += step, turn++) {
    const { from, to } = all[i]!
    send(tap, from, to, turn)
    world.sim.scheduler.runUntil(world.sim.nowUs + 20_000)
  }
  // Neighbours that nobody answers for, fragments that wait, acknowledgements.
  world.sim.scheduler.runUntil(world.sim.nowUs + 8_000_000)
  for (const dev of devices) dev.taps.delete(tap)
  return tap.lines
}

function placesOf(world: ProbedWorld): Place[] {
  const places: Place[] = []
  for (const kernel of world.kernels.values()) {
    for (const netns of kernel.namespaces) {
      for (const dev of netns.devices) {
        const address = dev.addresses[0]
        if (dev.kind !== 'loopback' && dev.isUp && address !== undefined) places.push({ netns, address: address.local })
      }
    }
  }
  return places
}

/** Of one kind or two: the pairs take turns. */
function send(tap: EveryFrame, from: Place, to: Place, turn: number): void {
  const { sockets } = from.netns
  const data = new Uint8Array(turn % 4 === 1 ? 3000 : 56).fill(0x61)
  let errno: unknown = null
  switch (turn % 5) {
    case 0:
    case 1:
      errno = sockets.ping().sendEcho(to.address, 1, data)
      break
    case 2:
      errno = sockets.tcp().connect(to.address, turn % 2 === 0 ? 22 : 80)
      break
    case 3:
      errno = sockets.udp().sendTo(data, to.address, turn % 2 === 0 ? 53 : 33434)
      break
    case 4: {
      const socket = sockets.udp()
      socket.broadcast = true
      const dev = from.netns.devices.find((each) => each.addresses.some(({ local }) => local === from.address))!
      socket.boundIfindex = dev.ifindex
      errno = socket.sendTo(data, -1, 67)
    }
  }
  tap.lines.push(`send ${turn % 5} ${formatIpv4(from.address)} ${formatIpv4(to.address)} ${String(errno)}`)
}
