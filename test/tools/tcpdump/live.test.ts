// tcpdump on a wire of the lab: what it says, what it shows, what it writes, and when it ends.
import { expect, test } from 'vitest'
import { parsePrefix } from '../../../src/addr/ipv4.js'
import { parseMac } from '../../../src/addr/mac.js'
import { PhysicalDevice } from '../../../src/kernel/dev/physical.js'
import { addIpv4Address } from '../../../src/kernel/devinet.js'
import { Kernel } from '../../../src/kernel/kernel.js'
import { newPacket } from '../../../src/kernel/packet.js'
import { Simulation } from '../../../src/kernel/simulation.js'
import { Wire } from '../../../src/kernel/wire.js'
import { imageByName } from '../../../src/node/images.js'
import { type ExecResult, Machine } from '../../../src/node/machine.js'
import { tcpdump } from '../../../src/tools/tcpdump/tcpdump.js'
import type { EthernetFrame } from '../../../src/wire/ethernet.js'
import { FRAMES } from './frames.js'

const CLOCK_US = Date.UTC(2012, 6, 31, 1, 0, 0) * 1000

class Bench {
  readonly sim = new Simulation('tcpdump')
  readonly dev: PhysicalDevice
  readonly machine: Machine

  constructor(image = 'debian-12') {
    const kernel = new Kernel(this.sim, 'a')
    const commands = new Map([['tcpdump', tcpdump]])
    this.machine = new Machine({ name: 'a', image: imageByName(image)!, kernel, commands, clockStartUs: CLOCK_US })
    const netns = kernel.initNetns
    netns.loopback.setUp()
    this.dev = new PhysicalDevice(netns, 'eth0', parseMac('fa:16:3e:a4:70:25')!)
    netns.addDevice(this.dev)
    this.dev.plugInto(new Wire(this.sim, 'cable'))
    this.dev.setUp()
    const prefix = parsePrefix('192.168.0.1/24')!
    addIpv4Address(this.dev, { local: prefix.address, length: prefix.length })
    netns.sysctl.write('net/ipv6/conf/all/disable_ipv6', '1')
  }

  /** Runs to the end; `frames` arrive once it listens, a signal follows them. */
  async run(command: string, frames: readonly EthernetFrame[] = [], signal: 'INT' | null = 'INT'): Promise<ExecResult> {
    let result: ExecResult | null = null
    void this.machine.exec(command.split(' '), { cwd: '/tmp' }).then((done) => {
      result = done
    })
    await this.pass(1)
    for (const frame of frames) {
      this.dev.receive(newPacket(this.sim, this.dev, frame))
      await this.pass(0.25)
    }
    if (result === null && signal !== null) {
      for (const process of this.machine.processes.values()) if (process.comm === 'tcpdump') process.kill(signal)
    }
    await this.pass(1)
    if (result === null) throw new Error(`${command}: still runs`)
    return result
  }

  private async pass(seconds: number): Promise<void> {
    const until = this.sim.nowUs + seconds * 1_000_000
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      const next = this.sim.scheduler.nextAtUs()
      if (next === null || next > until) break
      this.sim.scheduler.step()
    }
    this.sim.scheduler.advanceTo(until)
  }
}

const request = FRAMES[4]!
const tagged = FRAMES.find((frame) => frame.vlans.length === 1)!
const counts = (captured: string, received: string): string =>
  `${captured} captured\n${received} received by filter\n0 packets dropped by kernel\n`

test('prints what passes, and counts when it is interrupted', async () => {
  const result = await new Bench().run('tcpdump -nn -t -i eth0 icmp', [request, FRAMES[2]!, request])
  expect(result.stdout).toBe(`${'IP 192.168.0.5 > 203.0.113.9: ICMP echo request, id 1234, seq 1, length 24\n'.repeat(2)}\n`)
  expect(result.stderr).toBe(
    'tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n' +
      `listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n${counts('2 packets', '2 packets')}`,
  )
  expect(result.exitCode).toBe(0)
})

test('ends by itself after -c packets, with times of the wall clock', async () => {
  const result = await new Bench().run('tcpdump -nn -c 1 -p icmp', [request, request])
  expect(result.stdout).toMatch(/^01:00:\d\d\.\d{6} IP 192\.168\.0\.5 > 203\.0\.113\.9: ICMP echo request, id 1234, seq 1, length 24\n$/)
  expect(result.stderr).toContain(counts('1 packet', '1 packet'))
})

test('a tagged frame shows its tag and matches with and without it', async () => {
  const line =
    'fa:16:3e:2c:e8:ec > fa:16:3e:a4:70:25, ethertype 802.1Q (0x8100), length 62: vlan 20, p 0, ethertype IPv4 (0x0800), 192.168.0.5 > 203.0.113.9: ICMP echo request, id 1234, seq 3, length 24\n'
  for (const filter of ['icmp', 'vlan 20', 'vlan and icmp']) {
    const result = await new Bench().run(`tcpdump -nn -t -e -c 1 -i eth0 ${filter}`, [tagged])
    expect(result.stdout).toBe(line)
  }
  expect((await new Bench().run('tcpdump -nn -t -i eth0 vlan 21', [tagged])).stdout).toBe('\n')
})

test('-i any names the device and the direction; before 4.99 it did not', async () => {
  const modern = await new Bench().run('tcpdump -nn -t -i any -c 1 icmp', [request])
  expect(modern.stdout).toBe('eth0  In  IP 192.168.0.5 > 203.0.113.9: ICMP echo request, id 1234, seq 1, length 24\n')
  expect(modern.stderr).toBe(
    'tcpdump: data link type LINUX_SLL2\ntcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n' +
      `listening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 262144 bytes\n${counts('1 packet', '1 packet')}`,
  )
  const old = await new Bench('ubuntu-12.04').run('tcpdump -n -t -i any -c 1 icmp', [request])
  expect(old.stdout).toBe('IP 192.168.0.5 > 203.0.113.9: ICMP echo request, id 1234, seq 1, length 24\n')
  expect(old.stderr).toBe(
    'tcpdump: verbose output suppressed, use -v or -vv for full protocol decode\n' +
      `listening on any, link-type LINUX_SLL (Linux cooked), capture size 65535 bytes\n${counts('1 packet', '1 packet')}`,
  )
})

test('what -w wrote, -r prints, filtered anew', async () => {
  const bench = new Bench()
  const written = await bench.run('tcpdump -w x.pcap -i eth0', [request, FRAMES[2]!])
  expect(written.stdout).toBe('')
  expect(written.stderr).toContain('tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n')
  const read = await bench.run('tcpdump -nn -t -r x.pcap arp')
  expect(read.stdout).toBe(
    'ARP, Request who-has 192.168.0.1 (fa:16:3e:a4:70:25) tell 192.168.0.5, length 28\n' +
      'ARP, Reply 192.168.0.1 is-at fa:16:3e:a4:70:25, length 28\n',
  )
  expect(read.stderr).toBe('reading from file x.pcap, link-type EN10MB (Ethernet), snapshot length 262144\n')
  expect((await bench.run('tcpdump --count -r x.pcap')).stdout).toContain(' packets\n')
})

test('without -n, addresses and ports have the names of the machine', async () => {
  const bench = new Bench()
  bench.machine.files.write('/etc/hosts', '192.168.0.5 vm1.example vm1\n203.0.113.9 out.example\n')
  const syn = FRAMES[15]!
  expect((await bench.run('tcpdump -t -c 1 -i eth0 tcp', [syn])).stdout).toContain('IP vm1.example.45678 > out.example.http: Flags [S]')
  expect((await bench.run('tcpdump -N -t -c 1 -i eth0 host vm1', [syn])).stdout).toContain('IP vm1.45678 > out.http: Flags [S]')
})

test('says why it cannot', async () => {
  const bench = new Bench()
  const cases: readonly (readonly [string, string, number])[] = [
    ['tcpdump -i eth9', 'tcpdump: eth9: No such device exists\n(No such device exists)\n', 1],
    ['tcpdump -i eth0 foo bar', "tcpdump: can't parse filter expression: syntax error\n", 1],
    ['tcpdump -i eth0 ip and arp', 'tcpdump: expression rejects all packets\n', 1],
    ['tcpdump -r nosuch.pcap', 'tcpdump: nosuch.pcap: No such file or directory\n', 1],
    ['tcpdump -i eth0 -w /nosuch/x', 'tcpdump: /nosuch/x: No such file or directory\n', 1],
    ['tcpdump -c 0', 'tcpdump: invalid packet count 0\n', 1],
    ['tcpdump -d icmp', 'tcpdump: -d: not emulated by netlab (filters are not compiled to BPF here)\n', 126],
  ]
  for (const [command, stderr, exitCode] of cases) expect(await bench.run(command)).toMatchObject({ stdout: '', stderr, exitCode })
  bench.dev.setDown()
  expect((await bench.run('tcpdump -i eth0')).stderr).toBe('tcpdump: eth0: That device is not up\n')
})

test('a device that is removed ends the capture', async () => {
  const bench = new Bench()
  const running = bench.run('tcpdump -i eth0', [], null)
  await new Promise((resolve) => setImmediate(resolve))
  bench.sim.scheduler.after(500_000, () => bench.machine.kernel.initNetns.removeDevice(bench.dev))
  const result = await running
  expect(result.stderr).toContain('tcpdump: pcap_loop: The interface disappeared\n')
  expect(result.exitCode).toBe(1)
})

test('taps and promiscuity are gone when it has ended', async () => {
  const bench = new Bench()
  await bench.run('tcpdump -i eth0', [request])
  expect([bench.dev.taps.size, bench.dev.promiscuity, bench.machine.bugs]).toEqual([0, 0, []])
})
