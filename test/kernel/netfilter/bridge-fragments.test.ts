// What a bridge puts together for its rules goes on as it came; recorded in namespaces of Linux 6.18 with tcpdump 4.99.3.
import { expect, test } from 'vitest'
import { Lab } from '../../../src/lab/lab.js'
import { loadScenario } from '../../../src/scenario/library.js'

const SET_UP = `
for n in sw a b; do ip netns add $n; ip -n $n link set lo up; done
for n in a b; do ip -n sw link add p$n type veth peer name eth0 netns $n; ip -n $n link set eth0 up; ip -n sw link set p$n up; done
ip -n a addr add 10.0.0.1/24 dev eth0; ip -n b addr add 10.0.0.2/24 dev eth0
ip -n sw link add br0 type bridge; ip -n sw link set br0 up; ip -n sw link set pa master br0; ip -n sw link set pb master br0
ip netns exec sw iptables -A FORWARD -m conntrack --ctstate INVALID -j DROP
ip -n a link set eth0 mtu 600
ip netns exec a ping -c1 -W1 10.0.0.2 > /dev/null
ip netns exec b tcpdump -nnvli eth0 icmp > /tmp/seen 2> /dev/null &
sleep 0.1
ip netns exec a ping -c1 -W1 -s 1300 10.0.0.2 > /dev/null
kill -INT $!; wait`

test('fragments that connection tracking joined are fragments again behind the bridge', async () => {
  const lab = await Lab.boot(await loadScenario('scenarios/sandbox.yaml'))
  for (const line of SET_UP.trim().split('\n')) await lab.run('sandbox', line)
  const { stdout } = await lab.run('sandbox', 'cat /tmp/seen')
  expect(
    stdout.replace(/^\S+ IP/gm, 'IP').replace(/\bid \d+/g, 'id N'),
  ).toBe(`IP (tos 0x0, ttl 64, id N, offset 0, flags [+], proto ICMP (1), length 596)
    10.0.0.1 > 10.0.0.2: ICMP echo request, id N, seq 1, length 576
IP (tos 0x0, ttl 64, id N, offset 576, flags [+], proto ICMP (1), length 596)
    10.0.0.1 > 10.0.0.2: ip-proto-1
IP (tos 0x0, ttl 64, id N, offset 1152, flags [none], proto ICMP (1), length 176)
    10.0.0.1 > 10.0.0.2: ip-proto-1
IP (tos 0x0, ttl 64, id N, offset 0, flags [none], proto ICMP (1), length 1328)
    10.0.0.2 > 10.0.0.1: ICMP echo reply, id N, seq 1, length 1308

`)
})
