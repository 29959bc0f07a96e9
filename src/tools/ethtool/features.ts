// Offload features of a device as `ethtool -k` lists them, and the changes that `ethtool -K` made.
import type { NetDevice } from '../../kernel/netdev.js'

/** 1 on, 0 off, O on [fixed], F off [fixed], R off [requested on]. */
type Mark = '1' | '0' | 'O' | 'F' | 'R'

/**
 * Name, place (`=` heads a group, `>` belongs to the one above), and the state on veth, bridge, tap, loopback.
 * Recorded from ethtool 6.1 on Linux 6.18.
 */
const FEATURES: readonly (readonly [string, '' | '=' | '>', string])[] = [
  ['rx-checksumming', '', '1FFO'],
  ['tx-checksumming', '=', '1101'],
  ['tx-checksum-ipv4', '>', 'FFFF'],
  ['tx-checksum-ip-generic', '>', '11RO'],
  ['tx-checksum-ipv6', '>', 'FFFF'],
  ['tx-checksum-fcoe-crc', '>', 'FFFF'],
  ['tx-checksum-sctp', '>', '1FFO'],
  ['scatter-gather', '=', '1111'],
  ['tx-scatter-gather', '>', '111O'],
  ['tx-scatter-gather-fraglist', '>', '111O'],
  ['tcp-segmentation-offload', '=', '1101'],
  ['tx-tcp-segmentation', '>', '11R1'],
  ['tx-tcp-ecn-segmentation', '>', '11R1'],
  ['tx-tcp-mangleid-segmentation', '>', '1101'],
  ['tx-tcp6-segmentation', '>', '11R1'],
  ['tx-tcp-accecn-segmentation', '>', '11F1'],
  ['generic-segmentation-offload', '', '1111'],
  ['generic-receive-offload', '', '0111'],
  ['large-receive-offload', '', 'FFFF'],
  ['rx-vlan-offload', '', '1FFF'],
  ['tx-vlan-offload', '', '111F'],
  ['ntuple-filters', '', 'FFFF'],
  ['receive-hashing', '', 'FFFF'],
  ['highdma', '', '11FO'],
  ['rx-vlan-filter', '', 'FFFF'],
  ['vlan-challenged', '', 'FFFO'],
  ['tx-gso-robust', '', 'FRFF'],
  ['tx-fcoe-segmentation', '', 'FRFF'],
  ['tx-gre-segmentation', '', '11FF'],
  ['tx-gre-csum-segmentation', '', '11FF'],
  ['tx-ipxip4-segmentation', '', '11FF'],
  ['tx-ipxip6-segmentation', '', '11FF'],
  ['tx-udp_tnl-segmentation', '', '11RF'],
  ['tx-udp_tnl-csum-segmentation', '', '11RF'],
  ['tx-gso-partial', '', 'F1FF'],
  ['tx-tunnel-remcsum-segmentation', '', 'F1FF'],
  ['tx-sctp-segmentation', '', '11F1'],
  ['tx-esp-segmentation', '', 'F1FF'],
  ['tx-udp-segmentation', '', '11R1'],
  ['tx-gso-list', '', '11F1'],
  ['tx-nocache-copy', '', '000F'],
  ['loopback', '', 'FFFO'],
  ['rx-fcs', '', 'FFFF'],
  ['rx-all', '', 'FFFF'],
  ['tx-vlan-stag-hw-insert', '', '111F'],
  ['rx-vlan-stag-hw-parse', '', '1FFF'],
  ['rx-vlan-stag-filter', '', 'FFFF'],
  ['l2-fwd-offload', '', 'FFFF'],
  ['hw-tc-offload', '', 'FFFF'],
  ['esp-hw-offload', '', 'FFFF'],
  ['esp-tx-csum-hw-offload', '', 'FFFF'],
  ['rx-udp_tunnel-port-offload', '', 'FFFF'],
  ['tls-hw-tx-offload', '', 'FFFF'],
  ['tls-hw-rx-offload', '', 'FFFF'],
  ['rx-gro-hw', '', 'FFFF'],
  ['tls-hw-record', '', 'FFFF'],
  ['rx-gro-list', '', '0000'],
  ['macsec-hw-offload', '', 'FFFF'],
  ['rx-udp-gro-forwarding', '', '0000'],
  ['hsr-tag-ins-offload', '', 'FFFF'],
  ['hsr-tag-rm-offload', '', 'FFFF'],
  ['hsr-fwd-offload', '', 'FFFF'],
  ['hsr-dup-offload', '', 'FFFF'],
]

/** The short names of -K and what they switch. */
const SHORT_NAMES: Readonly<Record<string, readonly string[]>> = {
  rx: ['rx-checksumming'],
  tx: ['tx-checksum-ipv4', 'tx-checksum-ip-generic', 'tx-checksum-ipv6', 'tx-checksum-sctp'],
  sg: ['tx-scatter-gather', 'tx-scatter-gather-fraglist'],
  tso: [
    'tx-tcp-segmentation',
    'tx-tcp-ecn-segmentation',
    'tx-tcp-mangleid-segmentation',
    'tx-tcp6-segmentation',
    'tx-tcp-accecn-segmentation',
  ],
  gso: ['generic-segmentation-offload'],
  gro: ['generic-receive-offload'],
  lro: ['large-receive-offload'],
  rxvlan: ['rx-vlan-offload'],
  txvlan: ['tx-vlan-offload'],
  ntuple: ['ntuple-filters'],
  rxhash: ['receive-hashing'],
}

export interface FeatureRow {
  readonly name: string
  readonly isMember: boolean
  readonly on: boolean
  readonly note: 'fixed' | 'requested on' | 'requested off' | null
}

// What -K asked for; no packet here depends on it (checksums are always right, segments never merged).
const wanted = new WeakMap<NetDevice, Map<string, boolean>>()

function column(dev: NetDevice): number {
  switch (dev.kind) {
    case 'bridge':
      return 1
    case 'tap':
    case 'ovs-internal':
      return 2
    case 'loopback':
      return 3
    default:
      return 0
  }
}

/** Segmentation needs checksums and scatter-gather. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  'tx-tcp': ['tx-checksum-ip-generic', 'tx-scatter-gather'],
  'tx-udp-segmentation': ['tx-checksum-ip-generic'],
}

function rawMark(dev: NetDevice, name: string): Mark {
  return (FEATURES.find((feature) => feature[0] === name)?.[2][column(dev)] ?? 'F') as Mark
}

function isOn(dev: NetDevice, name: string): boolean {
  const mark = rawMark(dev, name)
  if (mark === 'O' || mark === 'F') return mark === 'O'
  const want = wanted.get(dev)?.get(name)
  const asked = want ?? mark === '1'
  const needs = Object.entries(NEEDS).find(([prefix]) => name.startsWith(prefix))?.[1] ?? []
  return asked && mark !== 'R' && needs.every((need) => isOn(dev, need))
}

export function readFeatures(dev: NetDevice): FeatureRow[] {
  return FEATURES.map(([name, place], i) => {
    if (place === '=') return { name, isMember: false, on: groupIsOn(dev, i), note: null }
    const mark = rawMark(dev, name)
    const on = isOn(dev, name)
    if (mark === 'O' || mark === 'F') return { name, isMember: place === '>', on, note: 'fixed' }
    const asked = wanted.get(dev)?.get(name) ?? (mark === '1' || mark === 'R')
    return { name, isMember: place === '>', on, note: asked && !on ? 'requested on' : !asked && on ? 'requested off' : null }
  })
}

function groupIsOn(dev: NetDevice, at: number): boolean {
  for (let i = at + 1; i < FEATURES.length && FEATURES[i]![1] === '>'; i++) if (isOn(dev, FEATURES[i]![0])) return true
  return false
}

/** The features behind a word of -K; null for a word that is none. */
export function featuresNamed(word: string): readonly string[] | null {
  return SHORT_NAMES[word] ?? (FEATURES.some(([name, place]) => name === word && place !== '=') ? [word] : null)
}

/** Switches; answers with the features that changed although nobody asked for them, and those that could not. */
export function setFeatures(dev: NetDevice, changes: ReadonlyMap<string, boolean>): FeatureRow[] {
  const before = new Map(readFeatures(dev).map((row) => [row.name, row.on]))
  let map = wanted.get(dev)
  if (map === undefined) {
    map = new Map()
    wanted.set(dev, map)
  }
  for (const [name, on] of changes) map.set(name, on)
  return readFeatures(dev).filter((row) => {
    if (FEATURES.some(([name, place]) => name === row.name && place === '=')) return false
    const asked = changes.get(row.name)
    return asked === undefined ? row.on !== before.get(row.name) : row.on !== asked && row.note !== 'fixed'
  })
}

export function featuresText(dev: NetDevice): string {
  const line = (row: FeatureRow): string =>
    `${row.isMember ? '\t' : ''}${row.name}: ${row.on ? 'on' : 'off'}${row.note === null ? '' : ` [${row.note}]`}\n`
  return `Features for ${dev.name}:\n${readFeatures(dev).map(line).join('')}`
}
