// `ip link add NAME type vxlan id VNI ...`.
import { formatIpv4, isMulticastIpv4 } from '../../../addr/ipv4.js'
import { UsageError, type Words } from '../../../grammar/keyword.js'
import type { VxlanConfig } from '../../../kernel/dev/vxlan.js'
import { VxlanDevice } from '../../../kernel/dev/vxlan.js'
import { KernelError } from '../../../kernel/errno.js'
import { VportDevice } from '../../../ovs/vport-device.js'
import type { Row } from '../json.js'
import type { LinkKind } from '../link-kind.js'
import type { IpRun } from '../run.js'
import { parseVxlan } from './vxlan-words.js'

/** The kernel's own port, older than the one that IANA gave. */
const KERNEL_PORT = 8472

const PORT_NOTE = [
  'vxlan: destination port not specified',
  'Will use Linux kernel default (non-standard value)',
  "Use 'dstport 4789' to get the IANA assigned value",
  "Use 'dstport 0' to get default and quiet this message",
]

const DEFAULTS: VxlanConfig = {
  vni: 0,
  remote: 0,
  local: 0,
  lower: null,
  dstPort: KERNEL_PORT,
  srcPortLow: 0,
  srcPortHigh: 0,
  ttl: 0,
  tos: 0,
  df: 'unset',
  learning: true,
  proxy: false,
  rsc: false,
  l2miss: false,
  l3miss: false,
  ageing: 300,
  maxAddresses: 0,
  udpChecksum: true,
  external: false,
}

/** Open vSwitch's own. */
function readVport(dev: VportDevice): Row {
  return { ...readVxlan({ ...DEFAULTS, external: true, learning: false, dstPort: dev.dstPort }), udp_zero_csum6_rx: true }
}

function readVxlan(config: VxlanConfig): Row {
  const { ttl, tos } = config
  const toGroup = isMulticastIpv4(config.remote)
  return {
    external: config.external || undefined,
    id: config.vni,
    group: config.remote !== 0 && toGroup ? formatIpv4(config.remote) : undefined,
    remote: config.remote !== 0 && !toGroup ? formatIpv4(config.remote) : undefined,
    local: config.local === 0 ? undefined : formatIpv4(config.local),
    link: config.lower?.name,
    port_range: { low: config.srcPortLow, high: config.srcPortHigh },
    port: config.dstPort,
    learning: config.learning,
    proxy: config.proxy || undefined,
    rsc: config.rsc || undefined,
    l2miss: config.l2miss || undefined,
    l3miss: config.l3miss || undefined,
    tos: tos === 'inherit' ? 'inherit' : tos === 0 ? undefined : `0x${tos.toString(16)}`,
    ttl: ttl === 'inherit' ? 'inherit' : ttl === 0 ? 'auto' : ttl,
    df: config.df === 'unset' ? undefined : config.df,
    ageing: config.ageing,
    limit: config.maxAddresses === 0 ? undefined : config.maxAddresses,
    udp_csum: config.udpChecksum,
    udp_zero_csum6_tx: false,
    udp_zero_csum6_rx: false,
  }
}

/** `key value `, or nothing. */
function pair(label: string, value: unknown): string {
  return value === undefined ? '' : `${label} ${value} `
}

function vxlanText(data: Row): string {
  const range = data['port_range'] as { low: number; high: number }
  let text = data['external'] === true ? 'external ' : ''
  text += `id ${data['id']} `
  text += pair('group', data['group']) + pair('remote', data['remote']) + pair('local', data['local']) + pair('dev', data['link'])
  text += `srcport ${range.low} ${range.high} dstport ${data['port']} `
  if (data['learning'] === false) text += 'nolearning '
  for (const flag of ['proxy', 'rsc', 'l2miss', 'l3miss']) if (data[flag] === true) text += `${flag} `
  text += pair('tos', data['tos']) + pair('ttl', data['ttl']) + pair('df', data['df']) + pair('ageing', data['ageing'])
  text += pair('maxaddr', data['limit'])
  return `${text}${data['udp_csum'] === true ? '' : 'no'}udpcsum noudp6zerocsumtx ${data['udp_zero_csum6_rx'] === true ? '' : 'no'}udp6zerocsumrx `
}

function checkAdd(given: Partial<VxlanConfig>, hadWords: boolean, run: IpRun): void {
  if (!hadWords) return
  if (given.external === true) throw new UsageError('ip: vxlan external: not emulated by netlab (Open vSwitch makes its own)', 126)
  if (given.vni === undefined) throw new UsageError('vxlan: missing virtual network identifier', 1)
  if (given.remote !== undefined && isMulticastIpv4(given.remote) && given.lower === undefined) {
    throw new UsageError("vxlan: 'group' requires 'dev' to be specified", 1)
  }
  if (given.dstPort === undefined) for (const line of PORT_NOTE) run.error(line)
}

export const vxlanKind: LinkKind = {
  name: 'vxlan',
  isKindOf: (dev) => dev instanceof VxlanDevice || (dev instanceof VportDevice && dev.tunnelKind === 'vxlan'),
  read: (dev): Row => (dev instanceof VxlanDevice ? readVxlan(dev.config) : dev instanceof VportDevice ? readVport(dev) : {}),
  text: vxlanText,
  parseAdd(words: Words, run: IpRun) {
    const hadWords = !words.isDone
    const given = parseVxlan(words, run)
    checkAdd(given, hadWords, run)
    return (creation) => {
      if (given.vni === undefined) throw new KernelError('EINVAL', 'Required attributes not provided to perform the operation')
      const name = creation.name ?? 'vxlan%d'
      const config = { ...DEFAULTS, ...given, dstPort: given.dstPort === undefined || given.dstPort === 0 ? KERNEL_PORT : given.dstPort }
      const dev = new VxlanDevice(creation.netns, name, creation.mac ?? creation.netns.randomMac(name), config)
      dev.checkVni()
      return dev
    }
  },
  parseSet(words: Words, run: IpRun) {
    const given = parseVxlan(words, run)
    return (dev) => {
      if (!(dev instanceof VxlanDevice)) return
      if (given.vni !== undefined && given.vni !== dev.config.vni) throw new KernelError('EOPNOTSUPP', 'Cannot change VNI')
      if (given.dstPort !== undefined && given.dstPort !== dev.config.dstPort) throw new KernelError('EOPNOTSUPP', 'Cannot change port')
      dev.configure({ ...dev.config, ...given })
    }
  },
}
