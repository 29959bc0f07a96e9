// The L3 agent by release: what it types, and what the namespace of a router looks like after each event.
import { expect, test } from 'vitest'
import { L3Agent } from '../../src/cloud/neutron/l3-agent/l3-agent.js'
import { NOT_DISTRIBUTED, type RouterInfo } from '../../src/cloud/neutron/rpc.js'
import type { AgentLab } from './agent-lab.js'
import { agentLab, ip, ROUTER, routerPort } from './agent-lab.js'

const NS = `qrouter-${ROUTER}`

function documentRouter(): RouterInfo {
  return {
    id: ROUTER,
    name: 'router1',
    adminStateUp: true,
    gateway: {
      ...routerPort('6f726a6c-412d-4d22-bcc7-eadedf407680', 'fa:16:3e:fc:53:dc', '192.168.0.2/24', { gateway: '192.168.0.1' }),
      enableSnat: true,
    },
    interfaces: [
      routerPort('09208a89-0b45-4b80-bf11-2aee68b30eb1', 'fa:16:3e:79:45:64', '10.10.20.1/24'),
      routerPort('d8fd27a6-d1cf-46f4-8e0e-4965001d547a', 'fa:16:3e:2a:46:e0', '10.10.10.1/24'),
      routerPort('4debe62b-e44c-47c7-a5e5-b6a11da8d31c', 'fa:16:3e:75:b5:d4', '10.10.30.1/24'),
    ],
    floatingIps: [
      {
        id: 'fip',
        address: ip('192.168.0.3'),
        fixedIp: ip('10.10.20.7'),
        portId: 'a6f975bb-605b-4f36-ad3f-669ccdab5fe5',
        host: null,
        isCentral: false,
      },
    ],
    routes: [],
    ...NOT_DISTRIBUTED,
  }
}

async function started(lab: AgentLab, routers: RouterInfo[]): Promise<L3Agent> {
  lab.told.routers = routers
  const agent = new L3Agent(lab.context)
  void agent.start()
  await lab.after(agent)
  return agent
}

async function save(lab: AgentLab, words = ''): Promise<string> {
  return (await lab.out(`ip netns exec ${NS} iptables-save ${words}`)).replace(/^#.*\n/gm, '').replace(/\[\d+:\d+\]/g, '[n:n]')
}

test('Icehouse: the rules of the document, whole', async () => {
  const lab = agentLab('icehouse')
  await started(lab, [documentRouter()])
  expect(await save(lab)).toBe(`*filter
:INPUT ACCEPT [n:n]
:FORWARD ACCEPT [n:n]
:OUTPUT ACCEPT [n:n]
:neutron-filter-top - [n:n]
:neutron-l3-agent-FORWARD - [n:n]
:neutron-l3-agent-INPUT - [n:n]
:neutron-l3-agent-OUTPUT - [n:n]
:neutron-l3-agent-local - [n:n]
-A INPUT -j neutron-l3-agent-INPUT
-A FORWARD -j neutron-filter-top
-A FORWARD -j neutron-l3-agent-FORWARD
-A OUTPUT -j neutron-filter-top
-A OUTPUT -j neutron-l3-agent-OUTPUT
-A neutron-filter-top -j neutron-l3-agent-local
-A neutron-l3-agent-INPUT -d 127.0.0.1/32 -p tcp -m tcp --dport 9697 -j ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT [n:n]
:INPUT ACCEPT [n:n]
:OUTPUT ACCEPT [n:n]
:POSTROUTING ACCEPT [n:n]
:neutron-l3-agent-OUTPUT - [n:n]
:neutron-l3-agent-POSTROUTING - [n:n]
:neutron-l3-agent-PREROUTING - [n:n]
:neutron-l3-agent-float-snat - [n:n]
:neutron-l3-agent-snat - [n:n]
:neutron-postrouting-bottom - [n:n]
-A PREROUTING -j neutron-l3-agent-PREROUTING
-A OUTPUT -j neutron-l3-agent-OUTPUT
-A POSTROUTING -j neutron-l3-agent-POSTROUTING
-A POSTROUTING -j neutron-postrouting-bottom
-A neutron-l3-agent-OUTPUT -d 192.168.0.3/32 -j DNAT --to-destination 10.10.20.7
-A neutron-l3-agent-POSTROUTING ! -i qg-6f726a6c-41 ! -o qg-6f726a6c-41 -m conntrack ! --ctstate DNAT -j ACCEPT
-A neutron-l3-agent-PREROUTING -d 169.254.169.254/32 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 9697
-A neutron-l3-agent-PREROUTING -d 192.168.0.3/32 -j DNAT --to-destination 10.10.20.7
-A neutron-l3-agent-float-snat -s 10.10.20.7/32 -j SNAT --to-source 192.168.0.3
-A neutron-l3-agent-snat -j neutron-l3-agent-float-snat
-A neutron-l3-agent-snat -s 10.10.20.0/24 -j SNAT --to-source 192.168.0.2
-A neutron-l3-agent-snat -s 10.10.10.0/24 -j SNAT --to-source 192.168.0.2
-A neutron-l3-agent-snat -s 10.10.30.0/24 -j SNAT --to-source 192.168.0.2
-A neutron-postrouting-bottom -j neutron-l3-agent-snat
COMMIT
`)
  expect(await lab.out(`ip netns exec ${NS} ip route`)).toBe(`default via 192.168.0.1 dev qg-6f726a6c-41 
10.10.10.0/24 dev qr-d8fd27a6-d1  proto kernel  scope link  src 10.10.10.1 
10.10.20.0/24 dev qr-09208a89-0b  proto kernel  scope link  src 10.10.20.1 
10.10.30.0/24 dev qr-4debe62b-e4  proto kernel  scope link  src 10.10.30.1 
192.168.0.0/24 dev qg-6f726a6c-41  proto kernel  scope link  src 192.168.0.2 
`)
  expect(await lab.out(`ip netns exec ${NS} ip -4 -o addr show dev qg-6f726a6c-41 | cut -c1-90`)).toMatch(
    /inet 192\.168\.0\.2\/24 brd 192\.168\.0\.255 scope global.*\n.*inet 192\.168\.0\.3\/32 brd 192\.168\.0\.3 scope global/,
  )
  expect(lab.told.statuses).toEqual(['fip ACTIVE'])
})

test('Icehouse: the commands of a router, in their order', async () => {
  const lab = agentLab('icehouse')
  const { gateway, interfaces } = documentRouter()
  await started(lab, [{ ...documentRouter(), gateway, interfaces: [interfaces[0]!] }])
  expect(lab.typed()).toEqual([
    'ip -o netns list',
    `ip netns add ${NS}`,
    '# ip link set lo up',
    '# sysctl -w net.ipv4.ip_forward=1',
    '# iptables-save -c',
    '# iptables-restore -c',
    `# neutron-ns-metadata-proxy --pid_file=/var/lib/neutron/external/pids/${ROUTER}.pid --metadata_proxy_socket=/var/lib/neutron/metadata_proxy --router_id=${ROUTER} --state_path=/var/lib/neutron --metadata_port=9697 --verbose --log-file=neutron-ns-metadata-proxy-${ROUTER}.log --log-dir=/var/log/neutron`,
    '# ip -o link show qr-09208a89-0b',
    'ip -o link show br-int',
    'ovs-vsctl -- --if-exists del-port qr-09208a89-0b -- add-port br-int qr-09208a89-0b -- set Interface qr-09208a89-0b type=internal -- set Interface qr-09208a89-0b external-ids:iface-id=09208a89-0b45-4b80-bf11-2aee68b30eb1 -- set Interface qr-09208a89-0b external-ids:iface-status=active -- set Interface qr-09208a89-0b external-ids:attached-mac=fa:16:3e:79:45:64',
    'ip link set qr-09208a89-0b address fa:16:3e:79:45:64',
    'ip -o netns list',
    `ip link set qr-09208a89-0b netns ${NS}`,
    '# ip link set qr-09208a89-0b up',
    '# ip addr show qr-09208a89-0b permanent scope global',
    '# ip -4 addr add 10.10.20.1/24 brd 10.10.20.255 scope global dev qr-09208a89-0b',
    '# ip -o -d link list',
    '# ip -o link show qg-6f726a6c-41',
    'ip -o link show br-ex',
    'ovs-vsctl -- --if-exists del-port qg-6f726a6c-41 -- add-port br-ex qg-6f726a6c-41 -- set Interface qg-6f726a6c-41 type=internal -- set Interface qg-6f726a6c-41 external-ids:iface-id=6f726a6c-412d-4d22-bcc7-eadedf407680 -- set Interface qg-6f726a6c-41 external-ids:iface-status=active -- set Interface qg-6f726a6c-41 external-ids:attached-mac=fa:16:3e:fc:53:dc',
    'ip link set qg-6f726a6c-41 address fa:16:3e:fc:53:dc',
    'ip -o netns list',
    `ip link set qg-6f726a6c-41 netns ${NS}`,
    '# ip link set qg-6f726a6c-41 up',
    '# ip addr show qg-6f726a6c-41 permanent scope global',
    '# ip -4 addr add 192.168.0.2/24 brd 192.168.0.255 scope global dev qg-6f726a6c-41',
    '# route add default gw 192.168.0.1',
    '# iptables-save -c',
    '# iptables-restore -c',
    '# ip addr show qg-6f726a6c-41 permanent scope global',
    '# ip -4 addr add 192.168.0.3/32 brd 192.168.0.3 scope global dev qg-6f726a6c-41',
  ])
})

test('Icehouse: floating address away, gateway away, router down, router deleted', async () => {
  const lab = agentLab('icehouse')
  const agent = await started(lab, [documentRouter()])
  lab.told.routers = [{ ...documentRouter(), floatingIps: [] }]
  lab.typed()
  agent.routersUpdated([ROUTER])
  await lab.after(agent)
  expect(lab.typed().slice(-4)).toEqual([
    '# ip addr show qg-6f726a6c-41 permanent scope global',
    '# ip -4 addr del 192.168.0.3/32 dev qg-6f726a6c-41',
    '# conntrack -D -d 192.168.0.3',
    '# conntrack -D -q 192.168.0.3',
  ])
  expect(lab.told.statuses).toEqual(['fip ACTIVE', 'fip DOWN'])
  expect(await save(lab, '-t nat')).not.toContain('192.168.0.3')
  lab.told.routers = [{ ...documentRouter(), gateway: null, floatingIps: [], interfaces: documentRouter().interfaces.slice(1) }]
  agent.routersUpdated([ROUTER])
  await lab.after(agent)
  expect(await lab.out(`ip netns exec ${NS} ip -o link | cut -d: -f2`)).toBe(' lo\n qr-d8fd27a6-d1\n qr-4debe62b-e4\n')
  expect(await save(lab, '-t nat')).not.toContain('SNAT')
  expect(await lab.out(`ip netns exec ${NS} ip route | grep -c default`)).toBe('0\n')
  lab.told.routers = []
  agent.routersUpdated([ROUTER])
  await lab.after(agent)
  // The namespace stays behind, empty.
  expect(await lab.out('ip netns list')).toBe(`${NS}\n`)
  expect(await lab.out(`ip netns exec ${NS} ip -o link | cut -d: -f2`)).toBe(' lo\n')
  expect(await save(lab)).not.toContain('9697')
  expect(await lab.out('ps ax | grep -c [n]s-metadata')).toBe('0\n')
})

const STEIN_ID = 'be384c66-1834-4265-8f8a-9c85c016ee79'

function steinRouter(): RouterInfo {
  const floating = (outside: string, inside: string): RouterInfo['floatingIps'][number] => ({
    id: outside,
    address: ip(outside),
    fixedIp: ip(inside),
    portId: inside,
    host: null,
    isCentral: false,
  })
  return {
    id: STEIN_ID,
    name: 'router',
    adminStateUp: true,
    gateway: {
      ...routerPort('77688753-4e00-0000-0000-000000000000', 'fa:16:3e:14:8b:f2', '192.168.100.18/24', { gateway: '192.168.100.1' }),
      enableSnat: true,
    },
    interfaces: [routerPort('42ff6e11-9f00-0000-0000-000000000000', 'fa:16:3e:b0:d3:a3', '10.11.11.1/24', { mtu: 1450 })],
    floatingIps: [floating('192.168.100.41', '10.11.11.81'), floating('192.168.100.63', '10.11.11.63')],
    routes: [],
    ...NOT_DISTRIBUTED,
  }
}

test('Stein: the tables of the document, and those it does not print', async () => {
  const lab = agentLab('stein')
  await started(lab, [steinRouter()])
  const nat = await lab.out(`ip netns exec qrouter-${STEIN_ID} iptables -t nat -S | grep -e "^-A neutron-"`)
  expect(nat).toBe(`-A neutron-l3-agent-OUTPUT -d 192.168.100.41/32 -j DNAT --to-destination 10.11.11.81
-A neutron-l3-agent-OUTPUT -d 192.168.100.63/32 -j DNAT --to-destination 10.11.11.63
-A neutron-l3-agent-POSTROUTING ! -o qg-77688753-4e -m conntrack ! --ctstate DNAT -j ACCEPT
-A neutron-l3-agent-PREROUTING -d 169.254.169.254/32 -i qr-+ -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 9697
-A neutron-l3-agent-PREROUTING -d 192.168.100.41/32 -j DNAT --to-destination 10.11.11.81
-A neutron-l3-agent-PREROUTING -d 192.168.100.63/32 -j DNAT --to-destination 10.11.11.63
-A neutron-l3-agent-float-snat -s 10.11.11.81/32 -j SNAT --to-source 192.168.100.41
-A neutron-l3-agent-float-snat -s 10.11.11.63/32 -j SNAT --to-source 192.168.100.63
-A neutron-l3-agent-snat -j neutron-l3-agent-float-snat
-A neutron-l3-agent-snat -o qg-77688753-4e -j SNAT --to-source 192.168.100.18
-A neutron-l3-agent-snat -m mark ! --mark 0x2/0xffff -m conntrack --ctstate DNAT -j SNAT --to-source 192.168.100.18
-A neutron-postrouting-bottom -m comment --comment "Perform source NAT on outgoing traffic." -j neutron-l3-agent-snat
`)
  const mangle = await lab.out(`ip netns exec qrouter-${STEIN_ID} iptables -t mangle -S | grep -e "^-A neutron-"`)
  expect(
    mangle,
  ).toBe(`-A neutron-l3-agent-POSTROUTING -o qg-77688753-4e -m connmark --mark 0x0/0xffff0000 -j CONNMARK --save-mark --nfmask 0xffff0000 --ctmask 0xffff0000
-A neutron-l3-agent-PREROUTING -j neutron-l3-agent-mark
-A neutron-l3-agent-PREROUTING -j neutron-l3-agent-scope
-A neutron-l3-agent-PREROUTING -m connmark ! --mark 0x0/0xffff0000 -j CONNMARK --restore-mark --nfmask 0xffff0000 --ctmask 0xffff0000
-A neutron-l3-agent-PREROUTING -j neutron-l3-agent-floatingip
-A neutron-l3-agent-PREROUTING -d 169.254.169.254/32 -i qr-+ -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x1/0xffff
-A neutron-l3-agent-float-snat -m connmark --mark 0x0/0xffff0000 -j CONNMARK --save-mark --nfmask 0xffff0000 --ctmask 0xffff0000
-A neutron-l3-agent-mark -i qg-77688753-4e -j MARK --set-xmark 0x2/0xffff
-A neutron-l3-agent-scope -i qr-42ff6e11-9f -j MARK --set-xmark 0x4000000/0xffff0000
-A neutron-l3-agent-scope -i qg-77688753-4e -j MARK --set-xmark 0x4000000/0xffff0000
`)
  const filter = await lab.out(`ip netns exec qrouter-${STEIN_ID} iptables -S | grep -e "^-A neutron-"`)
  expect(filter).toBe(`-A neutron-filter-top -j neutron-l3-agent-local
-A neutron-l3-agent-FORWARD -j neutron-l3-agent-scope
-A neutron-l3-agent-INPUT -m mark --mark 0x1/0xffff -j ACCEPT
-A neutron-l3-agent-INPUT -p tcp -m tcp --dport 9697 -j DROP
-A neutron-l3-agent-scope -o qr-42ff6e11-9f -m mark ! --mark 0x4000000/0xffff0000 -j DROP
`)
})

test('Stein: devices, sysctls, announcements; a deleted router leaves nothing', async () => {
  const lab = agentLab('stein')
  const before = await lab.out(
    'ip -o link | cut -d" " -f2; ip netns list; ls /var/lib/neutron/external/pids /var/lib/neutron/ns-metadata-proxy 2>/dev/null',
  )
  const agent = await started(lab, [steinRouter()])
  const ns = `ip netns exec qrouter-${STEIN_ID}`
  expect(await lab.out(`${ns} sysctl net.ipv4.conf.all.arp_ignore net.ipv4.conf.all.arp_announce net.ipv4.ip_forward`)).toBe(
    'net.ipv4.conf.all.arp_ignore = 1\nnet.ipv4.conf.all.arp_announce = 2\nnet.ipv4.ip_forward = 1\n',
  )
  expect(await lab.out(`${ns} ip link show qr-42ff6e11-9f | grep -o "mtu [0-9]*"`)).toBe('mtu 1450\n')
  expect(await lab.out(`${ns} ip route | grep default`)).toBe('default via 192.168.100.1 dev qg-77688753-4e \n')
  const typed = lab.typed()
  expect(typed.find((line) => line.includes('-- add-port br-int qg-77688753-4e'))).toContain('-- set Port qg-77688753-4e tag=4095')
  expect(typed.filter((line) => line.includes('arping') && line.endsWith('192.168.100.41'))).toEqual([
    '# arping -U -I qg-77688753-4e -c 1 -w 1.5 192.168.100.41',
    '# arping -A -I qg-77688753-4e -c 1 -w 1.5 192.168.100.41',
    '# arping -U -I qg-77688753-4e -c 1 -w 1.5 192.168.100.41',
    '# arping -A -I qg-77688753-4e -c 1 -w 1.5 192.168.100.41',
    '# arping -U -I qg-77688753-4e -c 1 -w 1.5 192.168.100.41',
    '# arping -A -I qg-77688753-4e -c 1 -w 1.5 192.168.100.41',
  ])
  expect(await lab.out('ps ax | grep -o "[h]aproxy -f .*"')).toBe(`haproxy -f /var/lib/neutron/ns-metadata-proxy/${STEIN_ID}.conf\n`)
  lab.told.routers = []
  agent.routerDeleted(STEIN_ID)
  await lab.after(agent)
  expect(
    await lab.out(
      'ip -o link | cut -d" " -f2; ip netns list; ls /var/lib/neutron/external/pids /var/lib/neutron/ns-metadata-proxy 2>/dev/null',
    ),
  ).toBe(`${before}/var/lib/neutron/external/pids:\n\n/var/lib/neutron/ns-metadata-proxy:\n`)
  expect(await lab.out('ps ax | grep -c [h]aproxy')).toBe('0\n')
})

test('extra routes come, are replaced and go; SNAT can be off', async () => {
  const lab = agentLab('stein')
  const route = (destination: string, hop: string): RouterInfo['routes'][number] => ({
    destination: { address: ip(destination.split('/')[0]!), length: 24 },
    nextHop: ip(hop),
  })
  const agent = await started(lab, [
    { ...steinRouter(), routes: [route('172.20.0.0/24', '10.11.11.5'), route('172.21.0.0/24', '10.11.11.6')] },
  ])
  lab.told.routers = [
    { ...steinRouter(), gateway: { ...steinRouter().gateway!, enableSnat: false }, routes: [route('172.20.0.0/24', '10.11.11.9')] },
  ]
  lab.typed()
  agent.routersUpdated([STEIN_ID])
  await lab.after(agent)
  expect(lab.typed().filter((line) => line.startsWith('# ip route'))).toEqual([
    '# ip route replace to 172.20.0.0/24 via 10.11.11.9',
    '# ip route delete to 172.21.0.0/24 via 10.11.11.6',
  ])
  expect(await lab.out(`ip netns exec qrouter-${STEIN_ID} ip route | grep 172`)).toBe('172.20.0.0/24 via 10.11.11.9 dev qr-42ff6e11-9f \n')
  const rules = await lab.out(
    `ip netns exec qrouter-${STEIN_ID} iptables -t nat -S neutron-l3-agent-snat; ip netns exec qrouter-${STEIN_ID} iptables -S neutron-l3-agent-scope`,
  )
  expect(rules).toBe(`-N neutron-l3-agent-snat
-A neutron-l3-agent-snat -j neutron-l3-agent-float-snat
-A neutron-l3-agent-snat -m mark ! --mark 0x2/0xffff -m conntrack --ctstate DNAT -j SNAT --to-source 192.168.100.18
-N neutron-l3-agent-scope
-A neutron-l3-agent-scope -o qr-42ff6e11-9f -m mark ! --mark 0x4000000/0xffff0000 -j DROP
-A neutron-l3-agent-scope -o qg-77688753-4e -m mark ! --mark 0x4000000/0xffff0000 -j DROP
`)
})

test('told the same again, the agent changes nothing', async () => {
  for (const release of ['icehouse', 'stein'] as const) {
    const lab = agentLab(release)
    const info = release === 'icehouse' ? documentRouter() : steinRouter()
    const agent = await started(lab, [info])
    const state = `for t in filter nat mangle; do ip netns exec qrouter-${info.id} iptables -t $t -S; done; ip netns exec qrouter-${info.id} ip addr; ip netns exec qrouter-${info.id} ip route`
    const before = await lab.out(state)
    lab.typed()
    agent.routersUpdated([info.id, info.id])
    await lab.after(agent)
    expect(await lab.out(state)).toBe(before)
    const looks = /^(# |)(ip -o|ip addr show|ip -4 route list|iptables-save|ip netns list)/
    expect(lab.typed().filter((line) => !looks.test(line))).toEqual(release === 'icehouse' ? ['# iptables-restore -c'] : [])
  }
})

test('a router that fails does not keep the next one waiting', async () => {
  const lab = agentLab('icehouse')
  const broken = {
    ...documentRouter(),
    id: 'broken',
    gateway: null,
    floatingIps: [],
    interfaces: [routerPort('1', 'fa:16:3e:00:00:01', '10.9.9.1/24')],
  }
  await lab.out('ip link set br-int name br-gone')
  const agent = await started(lab, [broken, { ...documentRouter(), interfaces: [] }])
  expect(agent.agent.proc.isDone).toBe(false)
  expect(await lab.out(`ip netns exec ${NS} ip -4 -o addr show dev qg-6f726a6c-41 | grep -c 192.168.0.2`)).toBe('1\n')
  expect(
    await lab.out('grep -c "neutron-l3-agent.*Unexpected error while running command. Command: ip -o link show br-int" /var/log/syslog'),
  ).toBe('1\n')
})
