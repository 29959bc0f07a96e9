// What the rows Interface and Port ask for, as the switch understands it: kind, tunnel options, VLAN settings. Faults are told in the
// words of ovs-vswitchd, for the column `error`.
import { type Ipv4Address, parseIpv4 } from '../../addr/ipv4.js'
import { parseMac } from '../../addr/mac.js'
import type { PortKind, PriorityTags, TunnelConfig, VlanConfig, VlanMode } from '../ports.js'
import { lookUp, stringMap } from './datum.js'
import type { Row } from './rows.js'

/** null: no such type here. */
export function kindOf(type: string): PortKind | null {
  switch (type) {
    case '':
    case 'system':
      return 'system'
    case 'internal':
    case 'tap':
      return 'internal'
    case 'patch':
    case 'gre':
    case 'vxlan':
    case 'geneve':
      return type
    default:
      return null
  }
}

/** Types that Open vSwitch has and netlab does not. */
export const UNEMULATED_TYPES = [
  'afxdp',
  'bareudp',
  'dpdk',
  'dpdkvhostuser',
  'dpdkvhostuserclient',
  'erspan',
  'gtpu',
  'gre64',
  'ip6gre',
  'ipsec_gre',
  'ipsec_gre64',
  'lisp',
  'srv6',
  'stt',
]

export interface InterfaceConfig {
  readonly kind: PortKind
  readonly peer: string | null
  readonly tunnel: TunnelConfig | null
}

/** A text: what is wrong. */
export function interfaceConfig(row: Row, kind: PortKind): InterfaceConfig | string {
  const name = row.text('name')!
  const options = stringMap(row.stored('options'))
  switch (kind) {
    case 'system':
    case 'internal':
      return { kind, peer: null, tunnel: null }
    case 'patch':
      return patchConfig(name, options)
    case 'gre':
    case 'vxlan':
    case 'geneve': {
      const tunnel = tunnelConfig(name, kind, options)
      return typeof tunnel === 'string' ? tunnel : { kind, peer: null, tunnel }
    }
  }
}

function patchConfig(name: string, options: ReadonlyMap<string, string>): InterfaceConfig | string {
  const peer = options.get('peer')
  if (peer === undefined) return `${name}: patch type requires valid 'peer' argument`
  if (peer === name) return `${name}: patch peer must not be self`
  return { kind: 'patch', peer, tunnel: null }
}

const DEFAULT_PORTS: Partial<Record<PortKind, number>> = { vxlan: 4789, geneve: 6081 }

function tunnelConfig(name: string, kind: PortKind, options: ReadonlyMap<string, string>): TunnelConfig | string {
  const remote = tunnelAddress(options.get('remote_ip'))
  if (remote === undefined) return `${name}: bad ${kind} 'remote_ip'`
  if (remote === null) return `${name}: ${kind} type requires valid 'remote_ip' argument`
  const local = tunnelAddress(options.get('local_ip'))
  if (local === undefined) return `${name}: bad ${kind} 'local_ip'`
  if (local === 'flow' && remote !== 'flow') return `${name}: ${kind} type requires 'remote_ip=flow' with 'local_ip=flow'`
  return {
    remote,
    local,
    inKey: tunnelKey(options, 'in_key'),
    outKey: tunnelKey(options, 'out_key'),
    dstPort: Number(options.get('dst_port') ?? DEFAULT_PORTS[kind] ?? 0),
    ttl: options.get('ttl') === 'inherit' ? 'inherit' : Number(options.get('ttl') ?? 64),
    tos: options.get('tos') === 'inherit' ? 'inherit' : Number(options.get('tos') ?? 0),
    df: options.get('df_default') !== 'false',
    csum: options.get('csum') === 'true',
    ...egressMark(options),
  }
}

function egressMark(options: ReadonlyMap<string, string>): { egressMark?: number } {
  const text = options.get('egress_pkt_mark')
  return text === undefined || !/^(\d+|0x[0-9a-f]+)$/i.test(text) ? {} : { egressMark: Number(text) >>> 0 }
}

/** undefined: no address. */
function tunnelAddress(text: string | undefined): Ipv4Address | 'flow' | null | undefined {
  if (text === undefined) return null
  return text === 'flow' ? 'flow' : (parseIpv4(text) ?? undefined)
}

function tunnelKey(options: ReadonlyMap<string, string>, name: string): bigint | 'flow' | null {
  const text = options.get(name) ?? options.get('key')
  if (text === undefined) return null
  if (text === 'flow') return 'flow'
  return /^(\d+|0x[0-9a-f]+)$/i.test(text) ? BigInt(text) : 0n
}

export function vlanConfig(port: Row): VlanConfig {
  const tag = port.number('tag')
  const trunks = port.stored('trunks').keys.map(Number)
  const mode = (port.text('vlan_mode') ?? (tag === null ? 'trunk' : 'access')) as VlanMode
  const priorityTags = priorityTagsOf(lookUp(port.stored('other_config'), 'priority-tags'))
  const isNative = mode === 'native-tagged' || mode === 'native-untagged'
  const native = isNative && trunks.length > 0 && !trunks.includes(tag ?? 0) ? [...trunks, tag ?? 0] : trunks
  return { mode, tag: mode === 'trunk' ? null : (tag ?? 0), trunks: native.length === 0 ? null : native, priorityTags }
}

function priorityTagsOf(text: unknown): PriorityTags {
  if (text === 'always') return 'always'
  return text === 'true' || text === 'if-nonzero' ? 'if-nonzero' : 'never'
}

/** A MAC that a column gives; null when it gives none that is of use. */
export function macOf(text: string | null): number | null {
  const mac = text === null ? null : parseMac(text)
  return mac === null || mac === 0 ? null : mac
}
