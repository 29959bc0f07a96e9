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

const network = z.strictObject({
  name,
  id: uuid.nullable().default(null),
  cidr: prefix,
  bridge: name.nullable().default(null),
  device: name.nullable().default(null).describe('The NIC that the bridge takes as a port'),
  gateway: address.nullable().default(null),
  dns: z.array(address).default([]),
})

const agent = z.strictObject({ node: name, services: z.array(name).min(1) })

const server = z.strictObject({
  name,
  id: uuid.nullable().default(null),
  host: name.nullable().default(null),
  mac: mac.nullable().default(null),
  address: address.nullable().default(null),
  number: z.int().min(1).nullable().default(null).describe('Of the instance: instance-00000009 is 9'),
  boot: z.boolean().default(false).describe('Booted before the lab opens'),
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
  protocol: z.enum(['icmp', 'tcp', 'udp']),
  from: z.int().min(-1).max(65_535).default(-1),
  to: z.int().min(-1).max(65_535).default(-1),
  cidr: prefix.default('0.0.0.0/0'),
})

const securityGroup = z.strictObject({ name, description: z.string().default(''), rules: z.array(rule).default([]) })

export const cloudSchema = z.strictObject({
  release: name,
  mode: z.enum(['flat-dhcp', 'legacy-l3', 'dvr']),
  networks: z.array(network).default([]),
  agents: z.array(agent).default([]),
  servers: z.array(server).default([]),
  images: z.array(image).default([]),
  flavors: z.array(flavor).default([]),
  'floating-pools': z.array(pool).default([]),
  'security-groups': z.array(securityGroup).default([]),
  flags: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
})

export type CloudData = z.output<typeof cloudSchema>
