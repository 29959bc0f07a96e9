// The lab that the rooms type into: one node with every kind of device and table, one beside it, and two that nobody touches.
import type { Ledger } from '../../../src/kernel/simulation.js'
import { Lab } from '../../../src/lab/lab.js'
import type { RunResult } from '../../../src/lab/result.js'
import { parseScenario } from '../../../src/scenario/parse.js'
import type { Scenario } from '../../../src/scenario/scenario.js'

const NICS = (...wires: string[]): string => `[${wires.map((wire, i) => `{name: eth${i}, wire: ${wire}}`).join(', ')}]`

const TEXT = `
title: fuzz
nodes:
  a:
    services: [openvswitch, ssh, http]
    nics: ${NICS('lan', 'wan')}
    addresses: {eth0: [10.0.0.1/24], eth1: [10.1.0.1/24]}
    routes: [default via 10.1.0.2]
    sysctl: {net.ipv4.ip_forward: 1}
    bridges: {br-int: []}
  b:
    services: [openvswitch, ssh, http]
    nics: ${NICS('lan', 'wan')}
    addresses: {eth0: [10.0.0.2/24], eth1: [10.1.0.2/24]}
  quiet1: {nics: ${NICS('calm')}, addresses: {eth0: [192.0.2.1/24]}}
  quiet2: {nics: ${NICS('calm')}, addresses: {eth0: [192.0.2.2/24]}}
wires: {lan: {delay: 50us}, wan: {delay: 50us}, calm: {}}
setup:
  - node: a
    run: |
      ip addr add fd00::1/64 dev eth0
      ip netns add n1
      ip link add v0 type veth peer name v1
      ip link set v1 netns n1
      ip link set v0 up
      ip -n n1 link set v1 up
      ip -n n1 link set lo up
      ip -n n1 addr add 10.2.0.2/24 dev v1
      ip -n n1 route add default via 10.2.0.1
      ip link add br0 type bridge
      ip link set br0 up
      ip addr add 10.2.0.1/24 dev br0
      ip link set v0 master br0
      ip link add tap0 type dummy
      ip link set tap0 up
      ip link set tap0 master br0
      ip link add link eth0 name eth0.5 type vlan id 5
      ip link set eth0.5 up
      ip addr add 10.5.0.1/24 dev eth0.5
      ip link add vx0 type vxlan id 7 remote 10.0.0.2 dstport 4789 dev eth0
      ip link set vx0 up
      ip link add g0 type gretap remote 10.0.0.2 local 10.0.0.1
      ip link set g0 up
      ip link add t0 type gre remote 10.0.0.2 local 10.0.0.1
      ip link set t0 up
      ip addr add 10.6.0.1/24 dev t0
      ovs-vsctl add-br br1 -- add-port br1 p1 tag=5 -- set Interface p1 type=internal ofport_request=1
      ovs-vsctl add-port br1 p2 -- set Interface p2 type=internal ofport_request=2
      ovs-vsctl add-port br1 pa -- set Interface pa type=patch options:peer=pb -- add-port br-int pb -- set Interface pb type=patch options:peer=pa
      ovs-vsctl add-port br-int tun0 -- set Interface tun0 type=vxlan options:remote_ip=10.1.0.2 options:key=flow
      ip link set p1 up
      ip addr add 10.7.0.1/24 dev p1
      iptables -t nat -A POSTROUTING -s 10.2.0.0/24 -o eth1 -j MASQUERADE
      iptables -N web
      iptables -A FORWARD -p tcp -m multiport --dports 80,443 -j web
      iptables -A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
      ipset create s1 hash:ip
      ipset add s1 10.0.0.2
      echo 'one two three' > /tmp/f
`

let known: Scenario | null = null

export function smallScenario(): Scenario {
  if (known !== null) return known
  const { scenario, problems } = parseScenario(TEXT, 'fuzz.yaml', 'fuzz')
  if (scenario === null) throw new Error(problems.map(({ line, message }) => `${line}: ${message}`).join('\n'))
  known = scenario
  return scenario
}

/** Beside debian-12, which the lab has when none is named. */
export const OLD_IMAGES = ['ubuntu-12.04', 'ubuntu-14.04', 'ubuntu-16.04', 'ubuntu-18.04', 'ubuntu-20.04', 'centos-7'] as const

/** What one line may take of virtual time. */
const LINE_SECONDS = 20

export class SmallLab {
  private constructor(readonly lab: Lab) {}

  static async open(seed: string, image?: string): Promise<SmallLab> {
    return new SmallLab(await Lab.boot(smallScenario(), { seed, ...(image === undefined ? {} : { image }) }))
  }

  run(line: string, node = 'a'): Promise<RunResult> {
    return this.lab.run(node, line, { stepLimitSeconds: LINE_SECONDS })
  }

  /** Internal errors, impossible exit codes, lost packets. */
  faults(result: RunResult): string[] {
    const found = this.lab.takeBugs()
    if (!(Number.isInteger(result.exitCode) && result.exitCode >= 0 && result.exitCode <= 255)) found.push(`exit code ${result.exitCode}`)
    // A line that a kill did not end is given up, with a note.
    return [...found, ...this.imbalance()]
  }

  imbalance(): string[] {
    return imbalance(this.lab.sim.ledger)
  }

  /** The nodes that nobody touched still answer, and the one that was typed into still runs a command. */
  async canary(): Promise<string[]> {
    const found: string[] = []
    const ping = await this.lab.run('quiet1', 'ping -c 1 -W 1 192.0.2.2')
    if (ping.exitCode !== 0) found.push(`canary: ping between untouched nodes: exit ${ping.exitCode}: ${ping.stdout}${ping.stderr}`)
    const addresses = await this.lab.run('quiet2', 'ip addr')
    if (!addresses.stdout.includes('192.0.2.2/24')) found.push(`canary: ip addr: ${addresses.stdout}${addresses.stderr}`)
    return [...found, ...this.lab.takeBugs(), ...this.imbalance()]
  }
}

/** Packets that are neither delivered nor held nor dropped with a reason. */
export function imbalance(ledger: Ledger): string[] {
  const { made, cloned, delivered, held, droppedTotal } = ledger
  if (made + cloned === delivered + held + droppedTotal && held >= 0) return []
  return [`ledger: made ${made} + cloned ${cloned} is not delivered ${delivered} + held ${held} + dropped ${droppedTotal}`]
}
