// `lab who`: lines of listings lead to who made the thing, with which command and for which object of the API.
import { beforeAll, describe, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'

function asker(name: string): (node: string, line: string) => Promise<string> {
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.boot(await loadScenario(`scenarios/${name}.yaml`))
  }, 60_000)
  return async (node, line) => {
    const { stdout, stderr, exitCode } = await lab.run(node, line)
    return `${stdout}${stderr}${exitCode === 0 ? '' : `exit ${exitCode}\n`}`
  }
}

describe('legacy-l3', () => {
  const out = asker('legacy-l3')
  const netns = 'qrouter-040c1455-6096-4806-ba91-fec64cdaed81'
  const dnat = `00:18:00 network neutron-l3-agent: neutron-l3-agent starts
    ip netns exec ${netns} iptables-restore -c <<    # 43 lines, -v shows them
        [0:0] -A neutron-l3-agent-PREROUTING -d 192.168.0.3 -j DNAT --to 10.10.20.7
for floating IP 192.168.0.3 (5d0c9e7b-1f34-4a86-b2d7-6e90c4a8f153), port 10.10.20.7 (a6f975bb-605b-4f36-ad3f-669ccdab5fe5), server vm3 (3b1de5c2-52f0-4e0b-9e5f-4a1f6f2b7c03), network private2 (70f7aa46-b66b-455e-896e-05f94a08fcb8)
`

  test('rules as iptables -S, iptables-save -c and iptables -nvL have them', async () => {
    expect(await out('network', "lab who '-A neutron-l3-agent-PREROUTING -d 192.168.0.3/32 -j DNAT --to-destination 10.10.20.7'")).toBe(
      dnat,
    )
    expect(
      await out('network', "lab who '[3:252] -A neutron-l3-agent-PREROUTING -d 192.168.0.3/32 -j DNAT --to-destination 10.10.20.7'"),
    ).toBe(dnat)
    const listed = `lab who "$(ip netns exec ${netns} iptables -t nat -nvL neutron-l3-agent-PREROUTING | grep 192.168.0.3)"`
    expect((await out('network', listed)).startsWith(dnat)).toBe(true)
  })

  test('routes: an agent, or the kernel with an address', async () => {
    expect(await out('network', "lab who 'default via 192.168.0.1 dev qg-6f726a6c-41'")).toContain(
      `    ip netns exec ${netns} route add default gw 192.168.0.1\n`,
    )
    expect(await out('network', "lab who '10.10.10.0/24 dev qr-d8fd27a6-d1  proto kernel  scope link  src 10.10.10.1'")).toContain(
      'the kernel, with the address 10.10.10.1 of qr-d8fd27a6-d1\n',
    )
  })

  test('what is on another node says which', async () => {
    expect(await out('network', 'lab who tap8cbe7bb6-18')).toMatch(
      /^not on network, but on compute:\n[\d:]+ compute nova-compute: boot server vm1 /,
    )
  })

  test('what a packet made', async () => {
    await out('vm1', 'ping -c 1 10.10.10.1')
    const flow = 'lab who "$(ovs-ofctl dump-flows br-tun table=20 | grep -m1 hard_timeout)"'
    expect(await out('compute', flow)).toMatch(/^no agent typed it: a packet made it, by the learn action of this flow\n/)
    expect(await out('network', "lab who '10.10.10.7 dev qr-d8fd27a6-d1 lladdr fa:16:3e:00:00:01 REACHABLE'")).toContain(
      'the kernel, from an ARP message',
    )
  })

  test('what somebody typed, and what nobody knows', async () => {
    await out('network', 'ip link add mine type dummy')
    expect(await out('network', 'lab who mine')).toBe('device mine: no agent typed it; somebody did by hand, or the node was set up so\n')
    expect(await out('network', 'lab who yours')).toBe('lab: who: no agent typed "yours", and no node has it\nexit 1\n')
  })

  test('processes by number and by name', async () => {
    const netns = 'qdhcp-224f79e0-8068-4ef7-8c79-2326bc0cf5c4'
    const text = await out('network', 'lab who $(pgrep -f "dnsmasq.*224f79e0" | head -1)')
    expect(text).toContain(`ip netns exec ${netns} env NEUTRON_NETWORK_ID=`)
    expect(text).toContain('network private1 (224f79e0-8068-4ef7-8c79-2326bc0cf5c4)\n')
  })

  test('the log about one of several ports that one round was for', async () => {
    const text = await out('network', 'lab log --about qr-d8fd27a6-d1')
    expect(text).toMatch(/neutron-openvswitch-agent: interface seen \([^)]*qr-d8fd27a6-d1/)
  })
})

describe('dvr-fip', () => {
  const out = asker('dvr-fip')
  const netns = 'qrouter-b6a86b9f-6cf4-4ec3-a57a-00ce3e49142d'

  test('policy rules, by their line or their number', async () => {
    const text = await out('compute03', 'lab who 51869')
    expect(text).toContain(`    ip -n ${netns} rule add from 192.168.3.69 lookup 16 priority 51869\n`)
    expect(text).toContain('floating IP 100.122.0.145 ')
    expect(await out('compute03', "lab who '51869:\tfrom 192.168.3.69 lookup 16'")).toBe(text)
    expect(await out('compute03', 'lab who 32766')).toContain('the kernel: every namespace begins with it')
  })

  test('routes of tables, neighbours for good, pairs', async () => {
    expect(await out('compute03', "lab who 'default via 169.254.74.217 dev rfp-b6a86b9f-6 proto static'")).toContain(
      'proto static table 16\n',
    )
    expect(await out('compute03', "lab who '192.168.2.48 dev qr-1f6b0aa3-3d lladdr fa:16:3e:77:02:48 PERMANENT'")).toContain('server vm48 ')
    expect(await out('compute03', 'lab who fpr-b6a86b9f-6')).toContain('type veth peer name fpr-b6a86b9f-6')
    expect(await out('compute03', 'lab who qvo5d3c1a7e-20')).toContain('link add qvb5d3c1a7e-20 type veth peer name qvo5d3c1a7e-20\n')
  })

  test('names that the map cuts short', async () => {
    expect(await out('compute03', 'lab who fip-e7cb8424…')).toBe(await out('compute03', 'lab who fip-e7cb8424-51e4-429a-8020-76e651877db3'))
    expect(await out('compute03', 'lab who qrouter-b')).toContain(`; several begin so: ${netns}, qrouter-b9b7d98f-`)
  })

  test('flows of distributed routers, with their counters', async () => {
    const flow = 'lab who "$(ovs-ofctl dump-flows br-tun table=1 | grep -m1 mod_dl_src)"'
    expect(await out('compute03', flow)).toMatch(
      /dl_src=fa:16:3e:[0-9a-f:]+,actions=set_field:fa:16:3f:11:03:03->eth_src,goto_table:2\nfor port /,
    )
  })
})
