// The scenario file as zod schemas: its keys, their defaults, and what each must look like. The JSON schema for editors is made from it.
import * as z from 'zod'
import { parseMac } from '../addr/mac.js'
import { cloudSchema } from './schema-cloud.js'
import { SERVICES } from './service-names.js'
import { faultOfAddressWords, faultOfRouteWords, parseClock, parseDuration } from './words.js'

const NODE_NAME = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?$/
const DEVICE_NAME = /^[^\s/:]{1,15}$/

/** A string that `fault` finds nothing wrong with. */
function checked(fault: (text: string) => string | null): z.ZodString {
  return z.string().check((ctx) => {
    const message = fault(ctx.value)
    if (message !== null) ctx.issues.push({ code: 'custom', message, input: ctx.value })
  })
}

function matching(pattern: RegExp, expected: string): z.ZodString {
  return checked((text) => (pattern.test(text) ? null : `"${text}" is not ${expected}`))
}

export const nodeName = matching(NODE_NAME, 'a node name: letters, digits, "-" and "." in between, at most 64')
export const deviceName = matching(DEVICE_NAME, 'a device name: 1 to 15 characters without space, "/" and ":"')

export const macText = checked((text) => {
  const mac = parseMac(text)
  if (mac === null) return `"${text}" is no MAC address such as 02:00:00:00:00:01: six pairs of hexadecimal digits`
  return (Math.floor(mac / 2 ** 40) & 1) === 1 ? `"${text}" is a multicast address; a device needs one whose first byte is even` : null
})

const vlanId = z.int().min(1).max(4094)

const resources = z.strictObject({ interrupt: z.int().min(1).max(255), base: z.int().min(0).max(65_535) })

const nic = z.strictObject({
  name: deviceName.describe('Name of the device on the node'),
  mac: macText.nullable().default(null).describe('Drawn from the seed when absent'),
  wire: z.string().describe('The wire it is plugged into'),
  vlan: vlanId.nullable().default(null).describe('Access VLAN on a trunk wire'),
  ifindex: z.int().min(2).max(65_535).nullable().default(null).describe('Given in order when absent'),
  mtu: z.int().min(68).max(65_535).nullable().default(null),
  up: z.boolean().default(true),
  driver: z.string().default('virtio_net').describe('What `ethtool -i` shows; pcnet32 never reports its link, so the state stays UNKNOWN'),
  resources: resources.nullable().default(null).describe('Interrupt line and I/O address that ifconfig shows of an old card'),
})

const filePath = matching(/^\/[^\0]*[^/\0]$/, 'the full path of a file, beginning with "/"')

const file = z.strictObject({
  path: filePath,
  content: z.string().default(''),
  mode: matching(/^0?[0-7]{3}$/, 'a file mode in quotes such as "644"')
    .nullable()
    .default(null),
})

const image = z.string().describe('Fixes kernel and tool versions: debian-12, ubuntu-12.04, ...')

const settings = z.record(z.string(), z.union([z.string(), z.number()])).default({})

const node = z.strictObject({
  image: image.nullable().default(null),
  tools: z.record(z.string(), z.string()).default({}).describe('Versions of tools that are not the image\'s: iptables: "1.8.4"'),
  hostname: nodeName.nullable().default(null),
  user: z.string().default('root').describe('Who logs in when a person opens a terminal'),
  iptables: z.enum(['legacy', 'nft']).default('legacy'),
  nics: z.array(nic).max(256).default([]),
  addresses: z
    .record(deviceName, z.array(checked(faultOfAddressWords)).max(4096))
    .default({})
    .describe('Device to addresses, as after `ip addr add`'),
  routes: z.array(checked(faultOfRouteWords)).max(65_536).default([]).describe('As after `ip route add`'),
  sysctl: settings,
  files: z.array(file).max(1024).default([]),
  services: z.array(z.enum(SERVICES)).default([]).describe('Daemons that run from the start'),
  modules: z
    .array(z.string().min(1))
    .default([])
    .describe('Of the kernel, loaded once the NICs are there: ipip brings tunl0 into each namespace'),
  bridges: z
    .record(deviceName, z.array(deviceName).max(64))
    .default({})
    .describe('Bridges of Open vSwitch with their ports, as its database has kept them'),
})

const duration = z.union([z.string(), z.number()]).check((ctx) => {
  if (parseDuration(ctx.value) !== null) return
  ctx.issues.push({ code: 'custom', message: `"${ctx.value}" is no time such as 200us, 1.5ms or 2s`, input: ctx.value })
})

const wire = z.strictObject({
  kind: z
    .enum(['segment', 'veth'])
    .default('segment')
    .describe('segment: physical NICs on one medium; veth: two NICs, the ends of a veth pair'),
  delay: duration.default(0),
  loss: z.number().min(0).max(0.999).default(0).describe('Share of frames that get lost'),
  mtu: z.int().min(68).max(65_535).default(1500),
  trunk: z.array(vlanId).default([]),
})

/** One string of shell lines, or a list of lines. */
const lines = z.union([z.string(), z.array(z.string())])

const setup = z.strictObject({ node: nodeName, run: lines })

const texts = z.union([z.string(), z.array(z.string())]).default([])

const probe = z.strictObject({
  node: nodeName,
  run: z.string(),
  exit: z.int().min(0).max(255).default(0),
  stdout: texts.describe('Text that standard output must contain'),
  absent: texts.describe('Text that it must not contain'),
})

const clock = checked((text) => (parseClock(text) === null ? `"${text}" is no time such as 2012-07-30T00:45:00Z` : null))

export const scenarioSchema = z.strictObject({
  title: z.string(),
  summary: z.string().default(''),
  image: image.default('debian-12'),
  clock: clock.default('2024-01-01T00:00:00Z'),
  seed: z.union([z.string(), z.number()]).default('netlab'),
  sysctl: settings.describe('For every node, set before its NICs are found'),
  nodes: z
    .record(
      nodeName,
      node.nullable().transform((value) => value ?? node.parse({})),
    )
    .refine((nodes) => Object.keys(nodes).length > 0, 'no node at all; expected at least one'),
  wires: z
    .record(
      z.string(),
      wire.nullable().transform((value) => value ?? wire.parse({})),
    )
    .default({}),
  cloud: cloudSchema.nullable().default(null),
  pins: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  setup: z.array(setup).max(4096).default([]),
  expect: z.array(probe).max(4096).default([]),
})

/** A scenario file that passed, defaults filled in; plain JSON. */
export type ScenarioData = z.output<typeof scenarioSchema>

export function scenarioJsonSchema(): unknown {
  return { title: 'netlab scenario', ...z.toJSONSchema(scenarioSchema, { target: 'draft-7', io: 'input' }) }
}
