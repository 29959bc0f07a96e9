// What the legacy clouds carry: TCP through tunnels and NAT, errors that find their way back, frames that are too large, flows that age.
import { beforeAll, describe, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

const ROUTER = 'ip netns exec qrouter-040c1455-6096-4806-ba91-fec64cdaed81'

let lab: Lab

async function boot(scenario: string): Promise<void> {
  lab = await Lab.boot(await loadScenario(`scenarios/${scenario}.yaml`))
}

async function out(node: string, line: string): Promise<string> {
  return (await lab.run(node, line)).stdout
}

/** The sums of a file on one VM and of what another one received of it over TCP. */
async function transfer(from: string, to: string, address: string): Promise<[string, string]> {
  await out(to, 'nc -l -p 5000 > /tmp/got &')
  const sent = await out(from, `seq 1 20000 > /tmp/sent; nc -w 10 ${address} 5000 < /tmp/sent; md5sum < /tmp/sent`)
  return [sent, await out(to, 'sleep 2; md5sum < /tmp/got')]
}

describe('GRE', () => {
  beforeAll(() => boot('legacy-l3'), 60_000)

  test('the largest ping has 1430 bytes, one more is lost without a word', async () => {
    expect(await out('vm1', 'ping -c 1 -s 1430 10.10.10.1')).toContain(' 0% packet loss')
    const { stdout, stderr } = await lab.run('vm1', 'ping -c 1 -W 1 -s 1431 10.10.10.1')
    expect(stdout).toContain('100% packet loss')
    expect(stdout + stderr).not.toMatch(/Frag needed|too long/)
  })

  test('between two networks TCP with full segments stalls in the tunnel, and passes with an MTU that leaves room', async () => {
    const [sent, got] = await transfer('vm1', 'vm3', '10.10.20.7')
    expect(got).not.toBe(sent)
    await out('vm3', 'kill %1; ip link set eth0 mtu 1458')
    await out('vm1', 'ip link set eth0 mtu 1458')
    const [again, whole] = await transfer('vm1', 'vm3', '10.10.20.7')
    expect(whole).toBe(again)
  })

  test('out through SNAT: a page, and the connection as the router remembers it', async () => {
    expect(await out('vm1', 'wget -q -O - http://192.168.0.100/')).toBe('hello from web-external to 192.168.0.2\n')
    expect(await out('network', `${ROUTER} conntrack -L -p tcp --orig-src 10.10.10.7 --dport 80 2> /dev/null`)).toMatch(
      /^tcp +6 \d+ TIME_WAIT src=10\.10\.10\.7 dst=192\.168\.0\.100 sport=(\d+) dport=80 src=192\.168\.0\.100 dst=192\.168\.0\.2 sport=80 dport=\1 \[ASSURED\]/,
    )
  })

  test('in through a floating IP: the VM answers, and nobody else does', async () => {
    expect(await out('external', 'nc -w 3 192.168.0.3 22 < /dev/null')).toMatch(/^SSH-2\.0-/)
    expect((await lab.run('external', 'nc -w 3 -z 192.168.0.3 23')).exitCode).toBe(1)
  })

  test('errors come back through NAT: port unreachable from outside, time exceeded from the router and behind it', async () => {
    expect(await out('vm1', 'traceroute -n -q 1 192.168.0.100')).toMatch(
      /\n 1 {2}10\.10\.10\.1 {2}[\d.]+ ms\n 2 {2}192\.168\.0\.100 {2}[\d.]+ ms\n$/,
    )
    await out('network', 'tcpdump -n -i eth2 icmp > /tmp/errors 2> /dev/null &')
    expect(await out('vm1', 'ping -c 1 -W 1 -t 1 8.8.8.8')).toContain('From 10.10.10.1 icmp_seq=1 Time to live exceeded')
    await out('vm1', 'sleep 10; echo x | nc -u -w 1 192.168.0.100 9999')
    expect(await out('network', 'kill %1; wait; cat /tmp/errors')).toMatch(
      /^[\d:.]+ IP 192\.168\.0\.100 > 192\.168\.0\.2: ICMP 192\.168\.0\.100 udp port 9999 unreachable, length 38\n\n$/,
    )
  })

  test('what a smaller MTU outside says reaches the VM under the addresses that it knows', async () => {
    await out(
      'gateway',
      'ip addr add 172.31.0.1/24 dev eth0; ip link add far type dummy; ip link set far mtu 1200 up; ip addr add 172.30.0.1/24 dev far',
    )
    const { stdout, stderr } = await lab.run('vm1', 'ping -c 1 -W 1 -M do -s 1300 172.30.0.9')
    expect(stdout + stderr).toContain('From 192.168.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1200)')
  })

  test('a learned flow is gone 300 s after the last packet that taught it', async () => {
    const learned = `ovs-ofctl dump-flows br-tun table=20 | grep -c dl_dst=fa:16:3e:2a:46:e0`
    await out('vm1', 'ping -c 1 10.10.10.1')
    await out('compute', 'sleep 290')
    expect(await out('compute', learned)).toBe('1\n')
    await out('vm1', 'ip neigh flush all; arping -c 1 10.10.10.1')
    await out('compute', 'sleep 290')
    expect(await out('compute', learned)).toBe('1\n')
    await out('compute', 'sleep 30')
    expect(await out('compute', learned)).toBe('0\n')
  })
})

describe('VXLAN', () => {
  beforeAll(() => boot('legacy-l3-vxlan'), 60_000)

  test('the lease brings the MTU: TCP passes from one compute node to the other', async () => {
    expect(await out('vm1', 'cat /sys/class/net/eth0/mtu')).toBe('1450\n')
    const [sent, got] = await transfer('vm1', 'vm2', '10.11.11.63')
    expect(got).toBe(sent)
  })

  test('the largest ping that fits leaves as one frame of 1514 bytes outside', async () => {
    await out('compute01', 'tcpdump -n -e -i eth1 udp port 4789 > /tmp/vx 2> /dev/null &')
    expect(await out('vm1', 'ping -c 1 -s 1422 10.11.11.63')).toContain(' 0% packet loss')
    expect(await out('compute01', 'kill %1; wait; grep -c "length 1514: 10.168.7" /tmp/vx')).toBe('2\n')
  })

  test('an agent that starts anew draws another cookie, and leaves no flow with the old one', async () => {
    const cookies = 'ovs-ofctl dump-flows br-tun | grep -o cookie=0x[0-9a-f]* | sort -u'
    const before = await out('compute01', cookies)
    const after = await out('compute01', `systemctl restart neutron-openvswitch-agent; sleep 10; ${cookies}`)
    expect(after).toMatch(/^cookie=0x[0-9a-f]+\n$/)
    expect(after).not.toBe(before)
    expect(await out('vm1', 'ping -c 1 10.11.11.63')).toContain(' 0% packet loss')
  })
})
