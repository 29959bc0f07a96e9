// The DHCP agent by release: namespace, files, dnsmasq's command line, what each event changes, and what is left.
import { expect, test } from 'vitest'
import { DhcpAgent } from '../../src/cloud/neutron/dhcp-agent/dhcp-agent.js'
import type { NeutronRelease } from '../../src/cloud/neutron/release.js'
import type { NetworkInfo } from '../../src/cloud/neutron/rpc.js'
import type { AgentLab } from './agent-lab.js'
import { agentLab, ip, network, port, subnet } from './agent-lab.js'

const NET = '224f79e0-8068-4ef7-8c79-2326bc0cf5c4'
const DIR = `/var/lib/neutron/dhcp/${NET}`
const NS = `ip netns exec qdhcp-${NET}`

const dhcpPort = port('78dd7f1e-53e6-4a2c-b166-5eef9add12b7', 'fa:16:3e:3c:54:50', '10.10.10.2', { deviceOwner: 'network:dhcp' })
const routerPort = port('d8fd27a6-d1cf-46f4-8e0e-4965001d547a', 'fa:16:3e:2a:46:e0', '10.10.10.1', {
  deviceOwner: 'network:router_interface',
})
const vmPort = port('8cbe7bb6-18d9-4455-abce-473ebe5a9591', 'fa:16:3e:32:28:af', '10.10.10.7')

function info(over: Partial<NetworkInfo> = {}): NetworkInfo {
  return { network: network(NET, 1450), subnets: [subnet('sub', '10.10.10.0/24')], ports: [dhcpPort, routerPort, vmPort], ...over }
}

async function started(
  release: NeutronRelease,
  told = info(),
  flags: readonly [string, string][] = [],
): Promise<{ lab: AgentLab; agent: DhcpAgent }> {
  const lab = agentLab(release, flags)
  lab.told.networks = [told]
  const agent = new DhcpAgent(lab.context)
  void agent.start()
  await lab.after(agent)
  return { lab, agent }
}

async function file(lab: AgentLab, kind: string): Promise<string> {
  return lab.out(`cat ${DIR}/${kind}`)
}

test('Icehouse: commands and files of a network', async () => {
  const { lab } = await started('icehouse')
  expect(lab.typed()).toEqual([
    '# ip -o link show tap78dd7f1e-53',
    '# ip -o link show tap78dd7f1e-53',
    'ip -o link show br-int',
    'ovs-vsctl -- --if-exists del-port tap78dd7f1e-53 -- add-port br-int tap78dd7f1e-53 -- set Interface tap78dd7f1e-53 type=internal -- set Interface tap78dd7f1e-53 external-ids:iface-id=78dd7f1e-53e6-4a2c-b166-5eef9add12b7 -- set Interface tap78dd7f1e-53 external-ids:iface-status=active -- set Interface tap78dd7f1e-53 external-ids:attached-mac=fa:16:3e:3c:54:50',
    'ip link set tap78dd7f1e-53 address fa:16:3e:3c:54:50',
    'ip -o netns list',
    `ip netns add qdhcp-${NET}`,
    '# ip link set lo up',
    `ip link set tap78dd7f1e-53 netns qdhcp-${NET}`,
    '# ip link set tap78dd7f1e-53 up',
    '# ip addr show tap78dd7f1e-53 permanent scope global',
    '# ip -4 addr add 10.10.10.2/24 brd 10.10.10.255 scope global dev tap78dd7f1e-53',
    '# ip route list dev tap78dd7f1e-53',
    '# ip route replace default via 10.10.10.1 dev tap78dd7f1e-53',
    `tee ${DIR}/interface`,
    `tee ${DIR}/host`,
    `tee ${DIR}/addn_hosts`,
    `tee ${DIR}/opts`,
    `# env NEUTRON_NETWORK_ID=${NET} dnsmasq --no-hosts --no-resolv --strict-order --bind-interfaces --interface=tap78dd7f1e-53 --except-interface=lo --pid-file=${DIR}/pid --dhcp-hostsfile=${DIR}/host --addn-hosts=${DIR}/addn_hosts --dhcp-optsfile=${DIR}/opts --leasefile-ro --dhcp-range=set:tag0,10.10.10.0,static,86400s --dhcp-lease-max=256 --conf-file= --domain=openstacklocal`,
  ])
  expect(await file(lab, 'interface')).toBe('tap78dd7f1e-53')
  expect(await file(lab, 'host')).toBe(`fa:16:3e:2a:46:e0,host-10-10-10-1.openstacklocal,10.10.10.1
fa:16:3e:32:28:af,host-10-10-10-7.openstacklocal,10.10.10.7
fa:16:3e:3c:54:50,host-10-10-10-2.openstacklocal,10.10.10.2
`)
  expect(await file(lab, 'addn_hosts')).toContain('10.10.10.7\thost-10-10-10-7.openstacklocal host-10-10-10-7\n')
  expect(await file(lab, 'opts')).toBe('tag:tag0,option:router,10.10.10.1')
  expect(await lab.out(`${NS} ss -lnu | awk '{print $4}' | sort`)).toBe('*%tap78dd7f1e-53:67\n10.10.10.2:53\nLocal\n')
})

test('Stein: command line, leases and options', async () => {
  const two = info({
    subnets: [
      subnet('sub', '10.10.10.0/24', { dns: [ip('8.8.8.8'), ip('8.8.4.4')] }),
      subnet('other', '10.10.40.0/25', { gatewayIp: null }),
    ],
  })
  const { lab } = await started('stein', two)
  const words = lab.typed().find((line) => line.includes('dnsmasq --no-hosts'))
  expect(words).toBe(
    `# dnsmasq --no-hosts --no-resolv --pid-file=${DIR}/pid --dhcp-hostsfile=${DIR}/host --addn-hosts=${DIR}/addn_hosts --dhcp-optsfile=${DIR}/opts --dhcp-leasefile=${DIR}/leases --dhcp-match=set:ipxe,175 --dhcp-userclass=set:ipxe6,iPXE --local-service --bind-dynamic --dhcp-range=set:subnet-sub,10.10.10.0,static,255.255.255.0,86400s --dhcp-range=set:subnet-other,10.10.40.0,static,255.255.255.128,86400s --dhcp-option-force=option:mtu,1450 --dhcp-lease-max=384 --conf-file= --domain=openstacklocal`,
  )
  expect(await file(lab, 'opts')).toBe(`tag:subnet-sub,option:dns-server,8.8.8.8,8.8.4.4
tag:subnet-sub,option:classless-static-route,169.254.169.254/32,10.10.10.1,10.10.40.0/25,0.0.0.0,0.0.0.0/0,10.10.10.1
tag:subnet-sub,249,169.254.169.254/32,10.10.10.1,10.10.40.0/25,0.0.0.0,0.0.0.0/0,10.10.10.1
tag:subnet-sub,option:router,10.10.10.1
tag:subnet-other,option:classless-static-route,10.10.10.0/24,0.0.0.0
tag:subnet-other,249,10.10.10.0/24,0.0.0.0
tag:subnet-other,option:router`)
  expect(await file(lab, 'leases')).toMatch(/^\d+ fa:16:3e:2a:46:e0 10\.10\.10\.1 \* \*\n\d+ fa:16:3e:32:28:af 10\.10\.10\.7 \* \*\n/)
  expect(await lab.out(`${NS} iptables -t mangle -S neutron-dhcp-age-POSTROUTING`)).toBe(
    '-N neutron-dhcp-age-POSTROUTING\n-A neutron-dhcp-age-POSTROUTING -p udp -m udp --dport 68 -j CHECKSUM --checksum-fill\n',
  )
})

test('a port comes and goes: dnsmasq reads its files again, an address is given back', async () => {
  for (const release of ['icehouse', 'stein'] as const) {
    const { lab, agent } = await started(release)
    const pid = await lab.out(`cat ${DIR}/pid`)
    lab.typed()
    agent.portCreate(port('aaaaaaaa-0000-0000-0000-000000000000', 'fa:16:3e:00:00:09', '10.10.10.9', { networkId: NET }))
    await lab.after(agent)
    expect(await file(lab, 'host')).toContain('fa:16:3e:00:00:09,host-10-10-10-9.openstacklocal,10.10.10.9\n')
    expect(lab.typed().filter((line) => line.startsWith('kill'))).toEqual([`kill -HUP ${pid.trim()}`])
    agent.portDelete(vmPort.id, NET)
    await lab.after(agent)
    expect(await file(lab, 'host')).not.toContain('10.10.10.7')
    expect(lab.typed().filter((line) => line.includes('dhcp_release'))).toEqual([
      '# dhcp_release tap78dd7f1e-53 10.10.10.7 fa:16:3e:32:28:af',
    ])
    // Over lo, and yet by the device that dnsmasq's socket is bound to.
    const log = release === 'stein' ? '/var/log/messages' : '/var/log/syslog'
    expect(await lab.out(`grep -o "DHCPRELEASE.*" ${log}`)).toMatch(/^DHCPRELEASE\(tap78dd7f1e-53\) 10\.10\.10\.7 fa:16:3e:32:28:af/)
    if (release === 'stein') expect(await file(lab, 'leases')).not.toContain('10.10.10.7')
    expect(await lab.out(`cat ${DIR}/pid`)).toBe(pid)
  }
})

test('another subnet: dnsmasq is started anew with it; without DHCP it ends', async () => {
  for (const release of ['icehouse', 'stein'] as const) {
    const { lab, agent } = await started(release)
    const pid = await lab.out(`cat ${DIR}/pid`)
    const both = [subnet('sub', '10.10.10.0/24'), subnet('new', '10.10.50.0/24')]
    const served = { ...dhcpPort, fixedIps: [...dhcpPort.fixedIps, { subnetId: 'new', address: ip('10.10.50.2') }] }
    lab.told.networks = [info({ subnets: both, ports: [served, routerPort, vmPort] })]
    agent.subnetCreate('new', NET)
    await lab.after(agent)
    expect(await lab.out(`cat ${DIR}/pid`)).not.toBe(pid)
    expect(await lab.out(`${NS} ip -4 -o addr show dev tap78dd7f1e-53 | grep -o "inet [^ ]*"`)).toBe(
      'inet 10.10.10.2/24\ninet 10.10.50.2/24\n',
    )
    expect(await lab.out('ps ax | grep -c "[d]nsmasq --no-hosts"')).toBe('1\n')
    lab.told.networks = [info({ subnets: [subnet('sub', '10.10.10.0/24', { enableDhcp: false })] })]
    agent.subnetUpdate('sub', NET)
    await lab.after(agent)
    expect(await lab.out('ps ax | grep -c "[d]nsmasq --no-hosts"')).toBe('0\n')
    expect(lab.told.released).toBe(1)
    expect(await lab.out(`ls ${DIR} 2>&1 | grep -c "No such"`)).toBe('1\n')
    // Icehouse leaves the empty namespace.
    expect(await lab.out('ip netns list')).toBe(release === 'icehouse' ? `qdhcp-${NET}\n` : '')
    expect(await lab.out('ip -o link | grep -c tap')).toBe('0\n')
  }
})

test('isolated metadata: an address, a proxy on port 80 and a route; gone when a router comes', async () => {
  const { lab, agent } = await started('stein', info({ ports: [dhcpPort, vmPort] }), [['enable_isolated_metadata', 'True']])
  expect(await lab.out(`${NS} ip -4 -o addr show dev tap78dd7f1e-53 | grep -o "inet [^ ]*"`)).toBe(
    'inet 10.10.10.2/24\ninet 169.254.169.254/16\n',
  )
  expect(await file(lab, 'opts')).toContain(
    'tag:subnet-sub,option:classless-static-route,169.254.169.254/32,10.10.10.2,0.0.0.0/0,10.10.10.1',
  )
  expect(await lab.out(`${NS} ss -lnt | awk '{print $4}' | grep :80`)).toBe('169.254.169.254:80\n')
  agent.portCreate({ ...routerPort, networkId: NET })
  await lab.after(agent)
  expect(await file(lab, 'opts')).toContain('169.254.169.254/32,10.10.10.1,')
  expect(await lab.out('ps ax | grep -c [h]aproxy')).toBe('0\n')
})
