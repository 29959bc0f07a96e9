// The `cloud:` part of a scenario file: which release, which mode, and what the API knows when the lab opens.
import * as z from 'zod'
import { parseIpv4, parsePrefix } from '../addr/ipv4.js'
import { parseMac } from '../addr/mac.js'

function checked(test: (text: string) => boolean, expected: string): z.ZodString {
  return z.string().check((ctx) => {
    if (!test(ctx.value)) ctx.issues.push({ code: 'custom', message: `"${ctx.value}" is not ${expected}`, input: ctx.value })
  })
}

const address = checked((text) => parseIpv4(text) !== null, 'an IPv4 address such as 10.0.0.1')
const prefix = checked((text) => text.includes('/') && parsePrefix(text) !== null, 'a prefix such as 10.0.0.0/24')
const mac = checked((text) => parseMac(text) !== null, 'a MAC address such as fa:16:3e:00:00:01')
const uuid = checked((text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text), 'a UUID in lower case')
const name = z.string().min(1).max(255)

const addressRange = checked((text) => {
  const [first, last, ...more] = text.split('-')
  return more.length === 0 && parseIpv4(first ?? '') !== null && parseIpv4(last ?? '') !== null
}, 'a range of addresses such as 10.0.0.2-10.0.0.254')
const route = checked((text) => {
  const [destination, via, hop, ...more] = text.split(/\s+/)
  return more.length === 0 && via === 'via' && parsePrefix(destination ?? '') !== null && parseIpv4(hop ?? '') !== null
}, 'a route such as 10.9.0.0/24 via 10.0.0.5')

const subnet = z.strictObject({
  name: z.string().default(''),
  id: uuid.nullable().default(null),
  cidr: prefix,
  gateway: z
    .union([z.literal('none'), address])
    .nullable()
    .default(null)
    .describe('The first host when absent; none: no gateway'),
  dhcp: z.boolean().default(true),
  dns: z.array(address).default([]),
  pools: z.array(addressRange).default([]).describe('All but the gateway when absent'),
  'host-routes': z.array(route).default([]),
})

const network = z.strictObject({
  name,
  id: uuid.nullable().default(null),
  cidr: prefix.nullable().default(null).describe('nova-network: the one range of the network'),
  bridge: name.nullable().default(null),
  device: name.nullable().default(null).describe('The NIC that the bridge takes as a port'),
  gateway: address.nullable().default(null),
  dns: z.array(address).default([]),
  type: z
    .enum(['local', 'flat', 'vlan', 'gre', 'vxlan'])
    .nullable()
    .default(null)
    .describe("neutron: provider:network_type; a tenant's when absent"),
  segment: z.int().min(1).max(16_777_215).nullable().default(null).describe('VLAN id or tunnel id; a free one when absent'),
  'physical-network': name.nullable().default(null).describe('Of a flat or VLAN network: a name of bridge-mappings'),
  external: z.boolean().default(false),
  shared: z.boolean().default(false),
  mtu: z.int().min(68).max(65_535).nullable().default(null),
  subnets: z.array(subnet).default([]),
})

const nic = z.strictObject({
  network: name,
  'port-id': uuid.nullable().default(null),
  mac: mac.nullable().default(null),
  address: address.nullable().default(null).describe('A free one when absent'),
})

const centralPort = z.strictObject({
  address: address.nullable().default(null),
  'port-id': uuid.nullable().default(null),
  mac: mac.nullable().default(null),
})

const router = z.strictObject({
  name,
  id: uuid.nullable().default(null),
  host: name
    .nullable()
    .default(null)
    .describe('The node of its L3 agent, of its snat namespace when it is distributed; scheduled when absent'),
  distributed: z.boolean().nullable().default(null).describe('With mode dvr true when absent'),
  external: nic.nullable().default(null),
  interfaces: z
    .array(
      z.strictObject({
        subnet: name,
        address: address.nullable().default(null).describe("The subnet's gateway when absent"),
        'port-id': uuid.nullable().default(null),
        mac: mac.nullable().default(null),
        snat: centralPort.nullable().default(null).describe('The port of a distributed router in its snat namespace; drawn when absent'),
        groups: z.array(name).default([]).describe('Of a port that was made first and attached by its id'),
        bound: z.boolean().default(true).describe('false: no agent could take the port when the router was placed'),
      }),
    )
    .default([]),
})

const port = z.strictObject({
  name: z.string().default(''),
  id: uuid.nullable().default(null),
  network: name,
  mac: mac.nullable().default(null),
  address: address.nullable().default(null),
  owner: z.string().default('').describe('network:dhcp is kept for the DHCP agent; none: nobody has it'),
  device: z.string().default(''),
  host: name.nullable().default(null),
  groups: z.array(name).nullable().default(null),
})

const floatingIp = z.strictObject({
  address,
  id: uuid.nullable().default(null),
  network: name,
  server: name.nullable().default(null).describe('The server that it leads to'),
  'port-id': uuid.nullable().default(null),
  mac: mac.nullable().default(null),
})

const agent = z.strictObject({
  node: name,
  services: z.array(name).min(1).describe('nova-api, neutron-server, neutron-l3-agent ...; what no node runs is missing from the cloud'),
  'local-ip': address.nullable().default(null).describe('Own end of the tunnels'),
  'bridge-mappings': z.record(z.string(), name).default({}).describe('Physical network to bridge'),
  'agent-mode': z
    .enum(['legacy', 'dvr', 'dvr_snat'])
    .default('legacy')
    .describe('Of the L3 agent: dvr on compute nodes, dvr_snat where routers leave for VMs without floating IPs'),
  'dvr-mac': mac.nullable().default(null).describe('The address that its distributed routers send from; drawn when absent'),
  zone: name.nullable().default(null).describe('Availability zone of its nova-compute; nova when absent'),
  'external-bridge': name.nullable().default(null).describe('As the release has it when absent; none: external ports hang on br-int'),
})

const server = z.strictObject({
  name,
  id: uuid.nullable().default(null),
  node: name.nullable().default(null).describe('What the lab calls its machine; its name when absent'),
  host: name.nullable().default(null).describe('The node of its nova-compute; scheduled when absent'),
  mac: mac.nullable().default(null),
  address: address.nullable().default(null),
  number: z.int().min(1).nullable().default(null).describe('Of the instance: instance-00000009 is 9'),
  boot: z.boolean().default(false).describe('Booted before the lab opens'),
  image: name.nullable().default(null),
  flavor: z.union([z.string(), z.int()]).transform(String).nullable().default(null),
  volume: z.boolean().default(false).describe('Booted from a volume that was made of the image'),
  metadata: z.record(z.string(), z.string()).default({}).describe('Its properties'),
  'user-data': z.string().nullable().default(null).describe('What cloud-init runs at the first boot'),
  groups: z.array(name).default([]),
  nics: z.array(nic).default([]),
  services: z
    .array(z.enum(['http']))
    .default([])
    .describe("What its owner runs in it beside the image's own"),
})

const image = z.strictObject({ name, id: uuid.nullable().default(null), image: z.string() })

const flavor = z.strictObject({
  id: z.union([z.string(), z.int()]).transform(String),
  name,
  ram: z.int().min(1),
  disk: z.int().min(0),
  vcpus: z.int().min(1),
})

const pool = z.strictObject({ name, device: name.nullable().default(null), cidr: prefix })

const rule = z.strictObject({
  protocol: z
    .union([z.enum(['icmp', 'tcp', 'udp']), z.int().min(0).max(255).transform(String)])
    .nullable()
    .default(null)
    .describe('Any when absent; a number with neutron'),
  from: z.int().min(-1).max(65_535).default(-1),
  to: z.int().min(-1).max(65_535).default(-1),
  cidr: prefix.nullable().default(null),
  id: uuid.nullable().default(null),
  direction: z.enum(['ingress', 'egress']).default('ingress'),
  ethertype: z.enum(['IPv4', 'IPv6']).default('IPv4'),
  'remote-group': name.nullable().default(null),
})

const securityGroup = z.strictObject({
  name,
  id: uuid.nullable().default(null),
  description: z.string().default(''),
  rules: z.array(rule).nullable().default(null).describe("All that the group has; neutron's usual ones when absent"),
})

export const cloudSchema = z.strictObject({
  release: name,
  mode: z.enum(['flat-dhcp', 'legacy-l3', 'dvr']),
  wake: z
    .enum(['boot', 'touch'])
    .default('boot')
    .describe(
      'touch, with mode dvr: nodes that run agents alone, and their servers, are made when somebody touches them, as if they had been there from the start',
    ),
  networks: z.array(network).default([]),
  routers: z.array(router).default([]),
  ports: z.array(port).default([]),
  'floating-ips': z.array(floatingIp).default([]),
  agents: z.array(agent).default([]),
  servers: z.array(server).default([]),
  images: z.array(image).default([]),
  flavors: z.array(flavor).default([]),
  'floating-pools': z.array(pool).default([]),
  'security-groups': z.array(securityGroup).default([]),
  flags: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
})

export type CloudData = z.output<typeof cloudSchema>
