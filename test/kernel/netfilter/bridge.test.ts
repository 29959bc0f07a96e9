// Bridged packets before the rules: physdev, and DNAT that stays on the bridge.
import { expect, test } from 'vitest'
import { formatIpv4 } from '../../../src/addr/ipv4.js'
import { BridgeDevice } from '../../../src/kernel/dev/bridge.js'
import type { VethDevice } from '../../../src/kernel/dev/veth.js'
import type { Kernel } from '../../../src/kernel/kernel.js'
import type { NetDevice } from '../../../src/kernel/netdev.js'
import type { NetNamespace } from '../../../src/kernel/netns.js'
import { Bench } from '../../tools/iptables/lab.js'
import { address, ip, link, mac, newKernel, ping, run } from '../lab.js'

//   vm1 10.0.0.2 -- vnet0 [br100 10.0.0.1] vnet1 -- vm2 10.0.0.3
class BridgeLab {
  readonly kernel: Kernel = newKernel()
  readonly host: NetNamespace = this.kernel.initNetns
  readonly bridge = new BridgeDevice(this.host, 'br100', mac('02:00:00:00:00:aa'))
  readonly vms: NetNamespace[] = []
  readonly bench = new Bench('1.8.9', this.host.netfilter)
  private seen: string[] = []

  constructor() {
    this.host.addDevice(this.bridge)
    address(this.bridge, '10.0.0.1/24')
    for (const [i, name] of ['vnet0', 'vnet1'].entries()) {
      const vm = this.kernel.createNetns(`vm${i + 1}`)
      const [port, inside] = link(this.host, name, null, vm, 'eth0', `10.0.0.${i + 2}/24`)
      this.bridge.addPort(port)
      this.vms.push(vm)
      this.listen(inside, `vm${i + 1}`)
    }
    this.bridge.setUp()
    run(this.kernel, 20)
  }

  rule(words: string): void {
    const answer = this.bench.line(`iptables ${words}`)
    if (answer.exitCode !== 0) throw new Error(`${words}: ${answer.stderr}`)
  }

  ping(vm: number, dst: string): string[] {
    this.seen = []
    ping(this.vms[vm - 1]!, dst)
    run(this.kernel, 0.5)
    return this.seen
  }

  private listen(dev: VethDevice, name: string): void {
    dev.taps.add({
      frame: (pkt, _dev: NetDevice, direction) => {
        const packet = pkt.frame.payload
        if (direction === 'out' || packet instanceof Uint8Array || packet.kind !== 'ipv4') return
        const inner = packet.payload
        const what = inner instanceof Uint8Array || inner.kind !== 'icmp' ? inner : `icmp ${inner.type}/${inner.code}`
        this.seen.push(`${name} ${formatIpv4(packet.src)} > ${formatIpv4(packet.dst)} ${String(what)}`)
      },
    })
  }
}

const EXCHANGE = ['vm2 10.0.0.2 > 10.0.0.3 icmp 8/0', 'vm1 10.0.0.3 > 10.0.0.2 icmp 0/0']

test('FORWARD sees the bridge as both devices, physdev sees the ports', () => {
  const lab = new BridgeLab()
  for (const words of [
    '-i br100 -o br100',
    '-i vnet0',
    '-m physdev --physdev-in vnet0 --physdev-out vnet1',
    '-m physdev --physdev-in vnet1 --physdev-is-bridged',
    '-m physdev --physdev-in vnet0 --physdev-out vnet0',
  ])
    lab.rule(`-A FORWARD ${words}`)
  expect(lab.ping(1, '10.0.0.3')).toEqual(EXCHANGE)
  const counts = [...lab.bench.line('iptables -vS FORWARD').stdout.matchAll(/^-A.* -c (\d+) \d+$/gm)].map((match) => Number(match[1]))
  expect(counts).toEqual([2, 0, 1, 1, 0])
})

test('a rule on the port stops the guest; with bridge-nf-call-iptables off it does not', () => {
  const lab = new BridgeLab()
  lab.rule('-A FORWARD -m physdev --physdev-in vnet0 -p icmp -j DROP')
  expect(lab.ping(1, '10.0.0.3')).toEqual([])
  lab.host.sysctl.write('net.bridge.bridge-nf-call-iptables', '0')
  expect(lab.ping(1, '10.0.0.3')).toEqual(EXCHANGE)
})

test('REJECT on a bridge answers with the address of the bridge', () => {
  const lab = new BridgeLab()
  lab.rule('-A FORWARD -p icmp --icmp-type 8 -j REJECT --reject-with icmp-host-prohibited')
  expect(lab.ping(1, '10.0.0.3')).toEqual(['vm1 10.0.0.1 > 10.0.0.2 icmp 3/10'])
})

test('to the bridge itself: INPUT with physdev-in, PREROUTING only once', () => {
  const lab = new BridgeLab()
  lab.rule('-t raw -A PREROUTING -p icmp')
  lab.rule('-A INPUT -i br100 -m physdev --physdev-in vnet0 -p icmp')
  expect(lab.ping(1, '10.0.0.1')).toEqual(['vm1 10.0.0.1 > 10.0.0.2 icmp 0/0'])
  expect(lab.bench.line('iptables -vS INPUT').stdout).toContain('-c 1 84')
  expect(lab.bench.line('iptables -t raw -vS PREROUTING').stdout).toContain('-c 1 84')
})

test('DNAT to another guest of the same bridge stays a bridged frame', () => {
  const lab = new BridgeLab()
  lab.rule('-t nat -A PREROUTING -d 10.0.0.50 -j DNAT --to-destination 10.0.0.3')
  lab.vms[0]!.neigh.set(lab.vms[0]!.deviceByName('eth0')!, ip('10.0.0.50'), { lladdr: mac('02:00:00:00:00:50'), state: 'PERMANENT' }, 'add')
  const vm2 = lab.vms[1]!.deviceByName('eth0')!
  lab.host.neigh.set(lab.bridge, ip('10.0.0.3'), { lladdr: vm2.mac, state: 'PERMANENT' }, 'add')
  expect(lab.ping(1, '10.0.0.50')).toEqual(['vm2 10.0.0.2 > 10.0.0.3 icmp 8/0', 'vm1 10.0.0.50 > 10.0.0.2 icmp 0/0'])
})
