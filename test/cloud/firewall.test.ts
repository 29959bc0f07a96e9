// The hybrid firewall by release: whole chains as the documents show them, what a change makes of them, and what is left behind.
import { expect, test } from 'vitest'
import { parseIpv4, parsePrefix } from '../../src/addr/ipv4.js'
import { parseMac } from '../../src/addr/mac.js'
import { Agent } from '../../src/cloud/agent.js'
import { HybridFirewall } from '../../src/cloud/neutron/firewall/hybrid-firewall.js'
import type { NeutronRelease } from '../../src/cloud/neutron/release.js'
import { profileOf } from '../../src/cloud/neutron/release.js'
import type { FirewallPort, FirewallRule, SecurityGroupInfo } from '../../src/cloud/neutron/rpc.js'
import type { Machine } from '../../src/node/machine.js'
import { loadAllCommands } from '../../src/tools/lazy.js'
import { drive, makeMachine } from '../node/support.js'

await loadAllCommands()

const DEFAULT_GROUP = '5c4e9c1c-7d2e-4a3b-8b1d-0f6a3a1e2b4c'

interface FirewallLab {
  readonly machine: Machine
  readonly firewall: HybridFirewall
  refresh(info: SecurityGroupInfo, askedFor?: readonly string[]): Promise<void>
  remove(...portIds: string[]): Promise<void>
  out(line: string): Promise<string>
  typed(): string[]
}

function lab(release: NeutronRelease): FirewallLab {
  const machine = makeMachine(release === 'icehouse' ? 'ubuntu-14.04' : 'centos-7')
  const agent = new Agent('neutron-openvswitch-agent', machine, ['neutron-openvswitch-agent'])
  const firewall = new HybridFirewall(agent, profileOf(release)!)
  let seen = 0
  const work = (task: () => Promise<void>): Promise<void> => drive(machine, agent.enqueue('test', null, task))
  return {
    machine,
    firewall,
    refresh: (info, askedFor = info.ports.map(({ portId }) => portId)) => work(() => firewall.refresh(info, askedFor)),
    remove: (...portIds) => work(() => firewall.remove(portIds)),
    out: async (line) => {
      const { stdout, stderr } = await drive(machine, machine.exec(line))
      return stdout + stderr
    },
    typed: () => {
      const lines = machine.agentLog.slice(seen).map(({ argv }) => argv.join(' '))
      seen = machine.agentLog.length
      return lines
    },
  }
}

const ANY: FirewallRule = {
  direction: 'ingress',
  ethertype: 'IPv4',
  protocol: null,
  portMin: null,
  portMax: null,
  sourcePortMin: null,
  sourcePortMax: null,
  sourcePrefix: null,
  destPrefix: null,
  remoteGroupId: null,
  isProvider: false,
}

const SSH: FirewallRule = { ...ANY, protocol: 'tcp', portMin: 22, portMax: 22 }
const PING: FirewallRule = { ...ANY, protocol: 'icmp' }

function member(address: string): FirewallRule {
  return { ...ANY, sourcePrefix: `${address}/32`, remoteGroupId: DEFAULT_GROUP }
}

function dhcpFrom(address: string): FirewallRule {
  return {
    ...ANY,
    protocol: 'udp',
    portMin: 68,
    portMax: 68,
    sourcePortMin: 67,
    sourcePortMax: 67,
    sourcePrefix: `${address}/32`,
    isProvider: true,
  }
}

function dhcpTo(address: string): FirewallRule {
  return { ...dhcpFrom(address), sourcePrefix: null, destPrefix: `${address}/32` }
}

function port(portId: string, mac: string, address: string, rules: readonly FirewallRule[]): FirewallPort {
  return {
    portId,
    device: `tap${portId}`.slice(0, 14),
    mac: parseMac(mac)!,
    fixedIps: [parseIpv4(address)!],
    allowedAddressPairs: [],
    deviceOwner: 'compute:nova',
    portSecurity: true,
    securityGroups: [DEFAULT_GROUP],
    rules,
  }
}

const EGRESS = [
  { ...PING, direction: 'egress' as const },
  { ...ANY, direction: 'egress' as const },
]

const VM1 = port('8cbe7bb6-18d9-4455-abce-473ebe5a9591', 'fa:16:3e:32:28:af', '10.10.10.7', [
  SSH,
  PING,
  ...['10.10.20.1', '10.10.30.1', '10.10.20.7', '10.10.10.1'].map(member),
  dhcpFrom('10.10.10.2'),
  ...EGRESS,
])

const VM3 = port('a6f975bb-605b-4f36-ad3f-669ccdab5fe5', 'fa:16:3e:cb:91:43', '10.10.20.7', [
  SSH,
  PING,
  ...['10.10.20.1', '10.10.30.1', '10.10.10.7', '10.10.10.1'].map(member),
  dhcpFrom('10.10.20.2'),
  ...EGRESS,
])

function info(...ports: FirewallPort[]): SecurityGroupInfo {
  return { ports, members: new Map([[DEFAULT_GROUP, ports.flatMap(({ fixedIps }) => fixedIps)]]) }
}

/** iptables -L -n of the Icehouse document, its lines in place again; libvirt's rules apart. */
const DOCUMENT = `Chain INPUT (policy ACCEPT)
target     prot opt source               destination         
neutron-openvswi-INPUT  all  --  0.0.0.0/0            0.0.0.0/0           

Chain FORWARD (policy ACCEPT)
target     prot opt source               destination         
neutron-filter-top  all  --  0.0.0.0/0            0.0.0.0/0           
neutron-openvswi-FORWARD  all  --  0.0.0.0/0            0.0.0.0/0           

Chain OUTPUT (policy ACCEPT)
target     prot opt source               destination         
neutron-filter-top  all  --  0.0.0.0/0            0.0.0.0/0           
neutron-openvswi-OUTPUT  all  --  0.0.0.0/0            0.0.0.0/0           

Chain neutron-filter-top (2 references)
target     prot opt source               destination         
neutron-openvswi-local  all  --  0.0.0.0/0            0.0.0.0/0           

Chain neutron-openvswi-FORWARD (1 references)
target     prot opt source               destination         
neutron-openvswi-sg-chain  all  --  0.0.0.0/0            0.0.0.0/0            PHYSDEV match --physdev-out tapa6f975bb-60 --physdev-is-bridged
neutron-openvswi-sg-chain  all  --  0.0.0.0/0            0.0.0.0/0            PHYSDEV match --physdev-in tapa6f975bb-60 --physdev-is-bridged
neutron-openvswi-sg-chain  all  --  0.0.0.0/0            0.0.0.0/0            PHYSDEV match --physdev-out tap8cbe7bb6-18 --physdev-is-bridged
neutron-openvswi-sg-chain  all  --  0.0.0.0/0            0.0.0.0/0            PHYSDEV match --physdev-in tap8cbe7bb6-18 --physdev-is-bridged

Chain neutron-openvswi-INPUT (1 references)
target     prot opt source               destination         
neutron-openvswi-oa6f975bb-6  all  --  0.0.0.0/0            0.0.0.0/0            PHYSDEV match --physdev-in tapa6f975bb-60 --physdev-is-bridged
neutron-openvswi-o8cbe7bb6-1  all  --  0.0.0.0/0            0.0.0.0/0            PHYSDEV match --physdev-in tap8cbe7bb6-18 --physdev-is-bridged

Chain neutron-openvswi-OUTPUT (1 references)
target     prot opt source               destination         

Chain neutron-openvswi-i8cbe7bb6-1 (1 references)
target     prot opt source               destination         
DROP       all  --  0.0.0.0/0            0.0.0.0/0            state INVALID
RETURN     all  --  0.0.0.0/0            0.0.0.0/0            state RELATED,ESTABLISHED
RETURN     tcp  --  0.0.0.0/0            0.0.0.0/0            tcp dpt:22
RETURN     icmp --  0.0.0.0/0            0.0.0.0/0           
RETURN     all  --  10.10.20.1           0.0.0.0/0           
RETURN     all  --  10.10.30.1           0.0.0.0/0           
RETURN     all  --  10.10.20.7           0.0.0.0/0           
RETURN     all  --  10.10.10.1           0.0.0.0/0           
RETURN     udp  --  10.10.10.2           0.0.0.0/0            udp spt:67 dpt:68
neutron-openvswi-sg-fallback  all  --  0.0.0.0/0            0.0.0.0/0           

Chain neutron-openvswi-ia6f975bb-6 (1 references)
target     prot opt source               destination         
DROP       all  --  0.0.0.0/0            0.0.0.0/0            state INVALID
RETURN     all  --  0.0.0.0/0            0.0.0.0/0            state RELATED,ESTABLISHED
RETURN     tcp  --  0.0.0.0/0            0.0.0.0/0            tcp dpt:22
RETURN     icmp --  0.0.0.0/0            0.0.0.0/0           
RETURN     all  --  10.10.20.1           0.0.0.0/0           
RETURN     all  --  10.10.30.1           0.0.0.0/0           
RETURN     all  --  10.10.10.7           0.0.0.0/0           
RETURN     all  --  10.10.10.1           0.0.0.0/0           
RETURN     udp  --  10.10.20.2           0.0.0.0/0            udp spt:67 dpt:68
neutron-openvswi-sg-fallback  all  --  0.0.0.0/0            0.0.0.0/0           

Chain neutron-openvswi-local (1 references)
target     prot opt source               destination         

Chain neutron-openvswi-o8cbe7bb6-1 (2 references)
target     prot opt source               destination         
RETURN     udp  --  0.0.0.0/0            0.0.0.0/0            udp spt:68 dpt:67
neutron-openvswi-s8cbe7bb6-1  all  --  0.0.0.0/0            0.0.0.0/0           
DROP       udp  --  0.0.0.0/0            0.0.0.0/0            udp spt:67 dpt:68
DROP       all  --  0.0.0.0/0            0.0.0.0/0            state INVALID
RETURN     all  --  0.0.0.0/0            0.0.0.0/0            state RELATED,ESTABLISHED
RETURN     icmp --  0.0.0.0/0            0.0.0.0/0           
RETURN     all  --  0.0.0.0/0            0.0.0.0/0           
neutron-openvswi-sg-fallback  all  --  0.0.0.0/0            0.0.0.0/0           

Chain neutron-openvswi-oa6f975bb-6 (2 references)
target     prot opt source               destination         
RETURN     udp  --  0.0.0.0/0            0.0.0.0/0            udp spt:68 dpt:67
neutron-openvswi-sa6f975bb-6  all  --  0.0.0.0/0            0.0.0.0/0           
DROP       udp  --  0.0.0.0/0            0.0.0.0/0            udp spt:67 dpt:68
DROP       all  --  0.0.0.0/0            0.0.0.0/0            state INVALID
RETURN     all  --  0.0.0.0/0            0.0.0.0/0            state RELATED,ESTABLISHED
RETURN     icmp --  0.0.0.0/0            0.0.0.0/0           
RETURN     all  --  0.0.0.0/0            0.0.0.0/0           
neutron-openvswi-sg-fallback  all  --  0.0.0.0/0            0.0.0.0/0           

Chain neutron-openvswi-s8cbe7bb6-1 (1 references)
target     prot opt source               destination         
RETURN     all  --  10.10.10.7           0.0.0.0/0            MAC FA:16:3E:32:28:AF
DROP       all  --  0.0.0.0/0            0.0.0.0/0           

Chain neutron-openvswi-sa6f975bb-6 (1 references)
target     prot opt source               destination         
RETURN     all  --  10.10.20.7           0.0.0.0/0            MAC FA:16:3E:CB:91:43
DROP       all  --  0.0.0.0/0            0.0.0.0/0           

Chain neutron-openvswi-sg-chain (4 references)
target     prot opt source               destination         
neutron-openvswi-ia6f975bb-6  all  --  0.0.0.0/0            0.0.0.0/0            PHYSDEV match --physdev-out tapa6f975bb-60 --physdev-is-bridged
neutron-openvswi-oa6f975bb-6  all  --  0.0.0.0/0            0.0.0.0/0            PHYSDEV match --physdev-in tapa6f975bb-60 --physdev-is-bridged
neutron-openvswi-i8cbe7bb6-1  all  --  0.0.0.0/0            0.0.0.0/0            PHYSDEV match --physdev-out tap8cbe7bb6-18 --physdev-is-bridged
neutron-openvswi-o8cbe7bb6-1  all  --  0.0.0.0/0            0.0.0.0/0            PHYSDEV match --physdev-in tap8cbe7bb6-18 --physdev-is-bridged
ACCEPT     all  --  0.0.0.0/0            0.0.0.0/0           

Chain neutron-openvswi-sg-fallback (4 references)
target     prot opt source               destination         
DROP       all  --  0.0.0.0/0            0.0.0.0/0           
`

test('Icehouse: the whole table as the document lists it', async () => {
  const { refresh, out } = lab('icehouse')
  await refresh(info(VM1, VM3))
  expect(await out('iptables -L -n')).toBe(DOCUMENT)
})

test('Icehouse: counters of what stays go on; a port that goes leaves nothing but the skeleton; connections are left alone', async () => {
  const { refresh, remove, out, typed } = lab('icehouse')
  await refresh(info(VM1))
  const alone = await out('iptables-save | grep -v "^#"')
  await refresh(info(VM3))
  await refresh(info({ ...VM3, rules: VM3.rules.filter((rule) => rule.protocol !== 'tcp') }))
  await remove(VM3.portId)
  expect(await out('iptables-save | grep -v "^#"')).toBe(alone)
  expect(typed().filter((line) => line.startsWith('conntrack'))).toEqual([])
  await remove(VM1.portId)
  expect(await out('iptables -S | grep physdev')).toBe('')
})

const STEIN_VM = port('0db0e25b-000f-4d4e-9a51-5b2f0c1d7e88', 'fa:16:3e:5b:7c:11', '172.16.0.249', [
  dhcpTo('172.16.0.249'),
  dhcpTo('255.255.255.255'),
])

test('Stein: comments, zones, DHCP rules in front', async () => {
  const { refresh, out } = lab('stein')
  await refresh({ ports: [STEIN_VM], members: new Map() })
  expect(await out('iptables -nvL neutron-openvswi-o0db0e25b-0')).toBe(
    `Chain neutron-openvswi-o0db0e25b-0 (2 references)
 pkts bytes target     prot opt in     out     source               destination         
    0     0 RETURN     udp  --  *      *       0.0.0.0              255.255.255.255      udp spt:68 dpt:67 /* Allow DHCP client traffic. */
    0     0 neutron-openvswi-s0db0e25b-0  all  --  *      *       0.0.0.0/0            0.0.0.0/0           
    0     0 RETURN     udp  --  *      *       0.0.0.0/0            0.0.0.0/0            udp spt:68 dpt:67 /* Allow DHCP client traffic. */
    0     0 DROP       udp  --  *      *       0.0.0.0/0            0.0.0.0/0            udp spt:67 dpt:68 /* Prevent DHCP Spoofing by VM. */
    0     0 RETURN     all  --  *      *       0.0.0.0/0            0.0.0.0/0            state RELATED,ESTABLISHED /* Direct packets associated with a known session to the RETURN chain. */
    0     0 DROP       all  --  *      *       0.0.0.0/0            0.0.0.0/0            state INVALID /* Drop packets that appear related to an existing connection (e.g. TCP ACK/FIN) but do not have an entry in conntrack. */
    0     0 neutron-openvswi-sg-fallback  all  --  *      *       0.0.0.0/0            0.0.0.0/0            /* Send unmatched traffic to the fallback chain. */
`,
  )
  expect(await out('iptables -S neutron-openvswi-i0db0e25b-0')).toBe(
    `-N neutron-openvswi-i0db0e25b-0
-A neutron-openvswi-i0db0e25b-0 -m state --state RELATED,ESTABLISHED -m comment --comment "Direct packets associated with a known session to the RETURN chain." -j RETURN
-A neutron-openvswi-i0db0e25b-0 -d 172.16.0.249/32 -p udp -m udp --sport 67 --dport 68 -j RETURN
-A neutron-openvswi-i0db0e25b-0 -d 255.255.255.255/32 -p udp -m udp --sport 67 --dport 68 -j RETURN
-A neutron-openvswi-i0db0e25b-0 -m state --state INVALID -m comment --comment "Drop packets that appear related to an existing connection (e.g. TCP ACK/FIN) but do not have an entry in conntrack." -j DROP
-A neutron-openvswi-i0db0e25b-0 -m comment --comment "Send unmatched traffic to the fallback chain." -j neutron-openvswi-sg-fallback
`,
  )
  expect(await out('iptables -t raw -S neutron-openvswi-PREROUTING')).toBe(
    `-N neutron-openvswi-PREROUTING
-A neutron-openvswi-PREROUTING -m physdev --physdev-in qvb0db0e25b-00 -m comment --comment "Set zone for e25b-000f-4d4e-9a51-5b2f0c1d7e88" -j CT --zone 4097
-A neutron-openvswi-PREROUTING -i qvb0db0e25b-00 -m comment --comment "Set zone for e25b-000f-4d4e-9a51-5b2f0c1d7e88" -j CT --zone 4097
-A neutron-openvswi-PREROUTING -m physdev --physdev-in tap0db0e25b-00 -m comment --comment "Set zone for e25b-000f-4d4e-9a51-5b2f0c1d7e88" -j CT --zone 4097
`,
  )
})

test('Ussuri: the rules are as before, the comments of zones name the whole port', async () => {
  const [stein, ussuri] = [lab('stein'), lab('ussuri')]
  for (const one of [stein, ussuri]) await one.refresh({ ports: [STEIN_VM], members: new Map() })
  const rules = 'iptables -S; iptables -t raw -S'
  const before = await stein.out(rules)
  expect(await ussuri.out(rules)).toBe(before.replaceAll('Set zone for ', `Set zone for ${STEIN_VM.portId.slice(0, 4)}`))
})

test('Stein: a change of one group touches its lines only, and ends the connections that it allowed', async () => {
  const { refresh, typed, out, remove } = lab('stein')
  const group = { ...ANY, remoteGroupId: DEFAULT_GROUP }
  const one = { ...STEIN_VM, rules: [...STEIN_VM.rules, group, SSH] }
  const members = (...addresses: string[]): SecurityGroupInfo['members'] =>
    new Map([[DEFAULT_GROUP, addresses.map((text) => parseIpv4(text)!)]])
  await refresh({ ports: [one], members: members('172.16.0.249', '172.16.0.3') })
  typed()
  await refresh({ ports: [one], members: members('172.16.0.249', '172.16.0.4') })
  expect(typed()).toEqual([
    'ipset add -exist NIPv45c4e9c1c-7d2e-4a3b-8b1d- 172.16.0.4/32',
    'ipset del NIPv45c4e9c1c-7d2e-4a3b-8b1d- 172.16.0.3/32',
    'iptables-save',
    'conntrack -D -f ipv4 -d 172.16.0.249 -w 4097 -s 172.16.0.3',
    'conntrack -D -f ipv4 -s 172.16.0.249 -w 4097 -d 172.16.0.3',
  ])
  await refresh({ ports: [{ ...one, rules: [...STEIN_VM.rules, group] }], members: members('172.16.0.249', '172.16.0.4') })
  expect(await out('iptables -S neutron-openvswi-i0db0e25b-0 | grep match-set')).toBe(
    '-A neutron-openvswi-i0db0e25b-0 -m set --match-set NIPv45c4e9c1c-7d2e-4a3b-8b1d- src -j RETURN\n',
  )
  await remove(STEIN_VM.portId)
  expect(await out('iptables-save | grep -c tap; ipset list -n')).toBe('0\n')
})

test('address pairs come before the own addresses; without port security everything passes', async () => {
  const { refresh, out } = lab('stein')
  const pair = { mac: parseMac('fa:16:3e:00:00:01')!, prefix: parsePrefix('10.1.0.0/16')! }
  await refresh({ ports: [{ ...STEIN_VM, allowedAddressPairs: [pair] }], members: new Map() })
  expect(await out('iptables -S neutron-openvswi-s0db0e25b-0 | sed "s/-m comment.*-j/-j/"')).toBe(
    `-N neutron-openvswi-s0db0e25b-0
-A neutron-openvswi-s0db0e25b-0 -s 10.1.0.0/16 -m mac --mac-source FA:16:3E:00:00:01 -j RETURN
-A neutron-openvswi-s0db0e25b-0 -s 172.16.0.249/32 -m mac --mac-source FA:16:3E:5B:7C:11 -j RETURN
-A neutron-openvswi-s0db0e25b-0 -j DROP
`,
  )
  await refresh({ ports: [{ ...STEIN_VM, portSecurity: false }], members: new Map() })
  expect(await out('iptables -S | grep 0db0e25b | sed "s/-m comment.*-j/-j/"')).toBe(
    `-A neutron-openvswi-FORWARD -m physdev --physdev-out tap0db0e25b-00 --physdev-is-bridged -j ACCEPT
-A neutron-openvswi-FORWARD -m physdev --physdev-in tap0db0e25b-00 --physdev-is-bridged -j ACCEPT
-A neutron-openvswi-INPUT -m physdev --physdev-in tap0db0e25b-00 --physdev-is-bridged -j ACCEPT
`,
  )
})

test('rules in the words of each release', async () => {
  const rules = [
    { ...ANY, protocol: 'tcp', portMin: 8000, portMax: 8080, sourcePrefix: '192.0.2.0/24' },
    { ...ANY, protocol: 'icmp', portMin: 8, portMax: 0 },
    { ...ANY, protocol: 'udp', sourcePrefix: '0.0.0.0/0' },
    { ...ANY, protocol: '112' },
  ]
  const shown: Record<string, string> = {}
  for (const release of ['icehouse', 'stein'] as const) {
    const { refresh, out } = lab(release)
    await refresh({ ports: [{ ...STEIN_VM, rules }], members: new Map() })
    shown[release] = await out('iptables -S neutron-openvswi-i0db0e25b-0 | grep -v "state\\|fallback" | sed "s/.*-i0db0e25b-0 //"')
  }
  // Icehouse names the match of tcp and udp even without a port.
  const lines = (udp: string): string => `-N neutron-openvswi-i0db0e25b-0
-s 192.0.2.0/24 -p tcp -m tcp -m multiport --dports 8000:8080 -j RETURN
-p icmp -m icmp --icmp-type 8/0 -j RETURN
${udp} -j RETURN
-p vrrp -j RETURN
`
  expect(shown).toEqual({ icehouse: lines('-p udp -m udp'), stein: lines('-p udp') })
})
