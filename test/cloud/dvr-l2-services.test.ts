// DHCP and metadata of a cloud with distributed routers: dnsmasq on the network node, a proxy in every router's namespace on every host.
import { beforeAll, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { loadScenario } from '../../src/scenario/library.js'
import { out } from './variation.js'

const AZ2 = '7f6d5c1e-8e0b-4ad1-9b1c-2a44f0c3d962'
const AZ2_SUBNET = '93a0e0d5-3f0c-4c55-a6b7-5be8f2c7d410'
const SERVICE = '2b8e4f70-95c3-4d6a-8f12-7c0d9e3a51b6'
const SERVICE_SUBNET = '5a17c9e2-6b4d-4083-9e7f-d18f30b2c5a9'
const ROUTER = 'b6a86b9f-6cf4-4ec3-a57a-00ce3e49142d'
const OTHER_ROUTER = 'b9b7d98f-6d5e-4f0a-9c3b-1e7a2f648d05'
const DIR = '/var/lib/neutron/dhcp'

let lab: Lab

beforeAll(async () => {
  lab = await Lab.boot(await loadScenario('scenarios/dvr-fip.yaml'))
}, 60_000)

test('dnsmasq as neutron 16 starts it', async () => {
  const files = ['pid-file=pid', 'dhcp-hostsfile=host', 'addn-hosts=addn_hosts', 'dhcp-optsfile=opts', 'dhcp-leasefile=leases']
  expect(await out(lab, 'network01', `tr '\\0' '\\n' < /proc/$(cat ${DIR}/${AZ2}/pid)/cmdline`)).toBe(
    `${[
      'dnsmasq',
      '--no-hosts',
      '--no-resolv',
      ...files.map((file) => `--${file.replace('=', `=${DIR}/${AZ2}/`)}`),
      '--dhcp-match=set:ipxe,175',
      '--dhcp-userclass=set:ipxe6,iPXE',
      '--local-service',
      '--bind-dynamic',
      `--dhcp-range=set:subnet-${AZ2_SUBNET},192.168.0.0,static,255.255.0.0,infinite`,
      '--dhcp-option-force=option:mtu,1500',
      '--dhcp-lease-max=65536',
      '--conf-file=/dev/null',
      '--domain=openstacklocal',
    ].join('\n')}\n`,
  )
})

test('a subnet with a distributed router has metadata behind its gateway, one without behind the DHCP port', async () => {
  expect(await out(lab, 'network01', `cat ${DIR}/${AZ2}/opts`)).toBe(
    [
      `tag:subnet-${AZ2_SUBNET},option:classless-static-route,169.254.169.254/32,192.168.0.1,0.0.0.0/0,192.168.0.1`,
      `tag:subnet-${AZ2_SUBNET},249,169.254.169.254/32,192.168.0.1,0.0.0.0/0,192.168.0.1`,
      `tag:subnet-${AZ2_SUBNET},option:router,192.168.0.1`,
    ].join('\n'),
  )
  expect(await out(lab, 'network01', `cat ${DIR}/${SERVICE}/opts`)).toBe(
    [
      `tag:subnet-${SERVICE_SUBNET},option:classless-static-route,10.200.8.0/22,100.123.255.254,169.254.169.254/32,100.123.0.3`,
      `tag:subnet-${SERVICE_SUBNET},249,10.200.8.0/22,100.123.255.254,169.254.169.254/32,100.123.0.3`,
      `tag:subnet-${SERVICE_SUBNET},option:router`,
    ].join('\n'),
  )
  expect(await out(lab, 'network01', `ip netns exec qdhcp-${SERVICE} ip -4 -o addr show dev tapf4a91e67-8b | awk '{print $4}'`)).toBe(
    '100.123.0.3/16\n169.254.169.254/16\n',
  )
})

/** Haproxies of a node, by the router or network that each is for. */
async function proxies(node: string): Promise<string[]> {
  const text = await out(lab, node, 'ps axww -o args | grep ^haproxy')
  return [...text.matchAll(/ns-metadata-proxy\/(\S+)\.conf/g)].map(([, id]) => id!).sort()
}

test('a proxy for each router on each of its hosts, and for each network without one', async () => {
  expect(await proxies('compute03')).toEqual([ROUTER, OTHER_ROUTER])
  expect(await proxies('compute04')).toEqual([ROUTER])
  expect(await proxies('network01')).toEqual([SERVICE, ROUTER, OTHER_ROUTER])
  expect(await out(lab, 'compute03', `tail -n 5 /var/lib/neutron/ns-metadata-proxy/${ROUTER}.conf`)).toBe(`listen listener
    bind 0.0.0.0:9697
    server metadata /var/lib/neutron/metadata_proxy
    http-request del-header X-Neutron-Network-ID
    http-request set-header X-Neutron-Router-ID ${ROUTER}
`)
  expect(await out(lab, 'compute03', `ip netns exec qrouter-${ROUTER} ss -ltn | grep -o "0.0.0.0:9697"`)).toBe('0.0.0.0:9697\n')
})

const METADATA = 'http://169.254.169.254/latest/meta-data'

test('a VM asks its own host; over the second NIC the network node', async () => {
  const q = `qrouter-${ROUTER}`
  await out(lab, 'compute03', `ip netns exec ${q} tcpdump -nl -i qr-1f6b0aa3-3d tcp port 80 > /tmp/md 2> /dev/null &`)
  await out(lab, 'network01', `ip netns exec ${q} tcpdump -nl -i qr-1f6b0aa3-3d tcp port 80 > /tmp/md 2> /dev/null &`)
  expect(await out(lab, 'master-2', `curl -s --interface ens3 ${METADATA}/local-ipv4`)).toBe('192.168.3.69')
  expect(await out(lab, 'compute03', 'pkill tcpdump; grep -c "169.254.169.254.80: Flags \\[S\\]" /tmp/md')).toBe('1\n')
  expect(await out(lab, 'network01', 'pkill tcpdump; grep -c . /tmp/md')).toBe('0\nexit 1\n')
  const name = await out(lab, 'master-2', `curl -s --interface ens3 ${METADATA}/hostname`)
  expect(await out(lab, 'master-2', `curl -s --interface ens4 ${METADATA}/hostname`)).toBe(name)
  expect(await out(lab, 'vm32', `curl -s ${METADATA}/local-ipv4`)).toBe('192.168.3.32')
})

test('what a guest says of its router or network is not believed', async () => {
  const forged = `-H "X-Neutron-Network-ID: ${SERVICE}" -H "X-Neutron-Router-ID: ${OTHER_ROUTER}"`
  expect(await out(lab, 'vm32', `curl -s ${forged} ${METADATA}/local-ipv4`)).toBe('192.168.3.32')
})

test('without the metadata agent of its host a VM is told so, others are served', async () => {
  await out(lab, 'compute03', 'systemctl stop neutron-metadata-agent')
  expect(await out(lab, 'master-2', `curl -s -o /dev/null -w "%{http_code}" --interface ens3 ${METADATA}/`)).toBe('503')
  expect(await out(lab, 'vm32', `curl -s -o /dev/null -w "%{http_code}" ${METADATA}/`)).toBe('200')
  await out(lab, 'compute03', 'systemctl start neutron-metadata-agent; sleep 2')
  expect(await out(lab, 'master-2', `curl -s -o /dev/null -w "%{http_code}" --interface ens3 ${METADATA}/`)).toBe('200')
})
