// What is recognised but not emulated says so, says what to use instead where there is something, and exits 126.
import { beforeAll, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

/** Line typed on the sandbox, and the whole of standard error behind the tool's name. */
const ANSWERS: readonly [line: string, stderr: string][] = [
  ['ip xfrm state', 'ip: xfrm: not emulated by netlab'],
  ['ip nexthop add id 1 dev eth0', 'ip: nexthop: not emulated by netlab beyond an empty list'],
  ['ip addr save', 'ip: address save: not emulated by netlab (use ip address show and a script)'],
  ['tcpdump -d icmp', 'tcpdump: -d: not emulated by netlab (filters are not compiled to BPF here)'],
  ['tcpdump -I -i lo', 'tcpdump: -I: not emulated by netlab (there are no wireless devices)'],
  ['ebtables -L', 'ebtables: -L: not emulated by netlab (bridges are filtered with iptables -m physdev here)'],
  ['arptables -L', 'arptables: -L: not emulated by netlab (nothing filters ARP here)'],
  ['nft list ruleset', 'nft: list ruleset: not emulated by netlab (use iptables)'],
  ['iptables -A INPUT -m cluster -j ACCEPT', "iptables: -m cluster: not emulated by netlab (see 'iptables -h' for what is)"],
  ['iptables -A INPUT -j TPROXY', "iptables: -j TPROXY: not emulated by netlab (see 'iptables -h' for what is)"],
  ['curl -F a=b http://127.0.0.1/', 'curl: -F: not emulated by netlab (use -d)'],
  ['ss -E', 'ss: -E: not emulated by netlab (run ss again, or use conntrack -E)'],
  ['ssh -D 1080 localhost', 'ssh: -D: not emulated by netlab (no forwarding)'],
  ['ping -R 127.0.0.1', 'ping: -R: not emulated by netlab (use traceroute)'],
  ['dig +trace example.org', 'dig: +trace: not emulated by netlab'],
  ['dhclient -6', 'dhclient: -6: not emulated by netlab (DHCPv6)'],
  ['tc qdisc', 'tc: not emulated by netlab (links of the lab have no queues)'],
  ['ethtool -n lo', 'ethtool: -n: not emulated by netlab (use -i, -k, -K, -S, -P)'],
  ['virsh edit x', 'virsh: edit: not emulated by netlab (virsh help lists what is)'],
  ['vi /etc/hosts', 'vi: not emulated by netlab (change files with sed -i, tee or cat > FILE)'],
  ['python3 -c 1', 'python3: not emulated by netlab (write it for bash or awk)'],
  ['apt-get install x', 'apt-get: not emulated by netlab (every tool the lab has is installed already)'],
  ['strace ls', 'strace: not emulated by netlab (there are no system calls to follow: use tcpdump for packets)'],
  [
    'ovs-vsctl --db=tcp:127.0.0.1:6640 show',
    'ovs-vsctl: tcp:127.0.0.1:6640: not emulated by netlab (the database listens on unix:/var/run/openvswitch/db.sock)',
  ],
  ['ovs-ofctl snoop br0', 'ovs-ofctl: snoop: not emulated by netlab'],
  ['ovs-ofctl parse-flow nsh_si=1,actions=1', 'ovs-ofctl: field nsh_si: not emulated by netlab'],
  ['ovsdb-client backup', 'ovsdb-client: backup: not emulated by netlab'],
]

let lab: Lab

beforeAll(async () => {
  lab = await Lab.boot(await loadScenario('scenarios/sandbox.yaml'))
})

test.each(ANSWERS)('%s', async (line, stderr) => {
  expect(await lab.run('sandbox', line)).toMatchObject({ stdout: '', stderr: `${stderr}\n`, exitCode: 126 })
})
