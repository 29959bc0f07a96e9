// Offload features of a device as `ethtool -k` lists them, and the changes that `ethtool -K` made.
import { ownOf } from '../../grammar/own-of.js'
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
  tx: ['tx-checksum-ipv4', 'tx-checksum-ip-generic', 'tx-checksum-ipv6', 'tx-checksum-fcoe-crc', 'tx-checksum-sctp'],
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
const TSO_NEEDS = ['tx-checksum-ip-generic', 'tx-scatter-gather'] as const
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  'tx-tcp-segmentation': TSO_NEEDS,
  'tx-tcp-ecn-segmentation': TSO_NEEDS,
  'tx-tcp-mangleid-segmentation': TSO_NEEDS,
  'tx-tcp6-segmentation': TSO_NEEDS,
  'tx-udp-segmentation': ['tx-checksum-ip-generic'],
  'generic-segmentation-offload': ['tx-scatter-gather'],
}

/** The kernel's own names where ethtool has others. */
const KERNEL_NAMES: Readonly<Record<string, string>> = {
  'tx-vlan-offload': 'tx-vlan-hw-insert',
  'rx-vlan-offload': 'rx-vlan-hw-parse',
  'generic-segmentation-offload': 'tx-generic-segmentation',
  'generic-receive-offload': 'rx-gro',
  'large-receive-offload': 'rx-lro',
  'ntuple-filters': 'rx-ntuple-filter',
  'receive-hashing': 'rx-hashing',
  'rx-checksumming': 'rx-checksum',
}

/** Features before all others in the kernel's order, and behind segmentation; the rest is ordered as ethtool lists it. */
const FIRST = [
  'tx-scatter-gather',
  'tx-checksum-ipv4',
  'tx-checksum-ip-generic',
  'tx-checksum-ipv6',
  'highdma',
  'tx-scatter-gather-fraglist',
  'tx-vlan-offload',
  'rx-vlan-offload',
  'rx-vlan-filter',
  'vlan-challenged',
  'generic-segmentation-offload',
  'generic-receive-offload',
  'large-receive-offload',
]
const LATE = ['tx-checksum-fcoe-crc', 'tx-checksum-sctp', 'ntuple-filters', 'receive-hashing', 'rx-checksumming']

function place(name: string): number {
  const first = FIRST.indexOf(name)
  if (first >= 0) return first
  const at = FEATURES.findIndex((feature) => feature[0] === name)
  const late = LATE.indexOf(name)
  const after = FEATURES.findIndex((feature) => feature[0] === 'tx-gso-list')
  return late >= 0 ? 100 + after + (late + 1) / 10 : 100 + at
}

function rawMark(dev: NetDevice, name: string): Mark {
  return (FEATURES.find((feature) => feature[0] === name)?.[2][column(dev)] ?? 'F') as Mark
}

function isOn(dev: NetDevice, name: string): boolean {
  const mark = rawMark(dev, name)
  if (mark === 'O' || mark === 'F') return mark === 'O'
  const want = wanted.get(dev)?.get(name)
  const asked = want ?? mark === '1'
  return asked && mark !== 'R' && (ownOf(NEEDS, name) ?? []).every((need) => isOn(dev, need))
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
  return ownOf(SHORT_NAMES, word) ?? (FEATURES.some(([name, place]) => name === word && place !== '=') ? [word] : null)
}

export interface FeatureChanges {
  /** Something is switched now that was not before. */
  readonly any: boolean
  /** Everything is as asked, and nothing else changed. */
  readonly asAsked: boolean
  /** What changed or did not, by the kernel's names: `rx-lro: off [requested on]`. */
  readonly lines: readonly string[]
}

export function setFeatures(dev: NetDevice, changes: ReadonlyMap<string, boolean>): FeatureChanges {
  const before = new Map(readFeatures(dev).map((row) => [row.name, row.on]))
  let map = wanted.get(dev)
  if (map === undefined) {
    map = new Map()
    wanted.set(dev, map)
  }
  for (const [name, on] of changes) map.set(name, on)
  const lines: string[] = []
  let any = false
  let asAsked = true
  for (const { name, on } of membersByPlace(dev)) {
    const asked = changes.get(name)
    const changed = on !== before.get(name)
    any ||= changed
    const isOther = asked === undefined ? changed : asked !== on
    if (isOther) asAsked = false
    if (!changed && !isOther) continue
    const note = asked === undefined ? ' [not requested]' : isOther ? ` [requested ${asked ? 'on' : 'off'}]` : ''
    lines.push(`${ownOf(KERNEL_NAMES, name) ?? name}: ${on ? 'on' : 'off'}${note}`)
  }
  return { any, asAsked, lines }
}

function membersByPlace(dev: NetDevice): FeatureRow[] {
  const groups = new Set(FEATURES.filter((feature) => feature[1] === '=').map(([name]) => name))
  return readFeatures(dev)
    .filter(({ name }) => !groups.has(name))
    .sort((a, b) => place(a.name) - place(b.name))
}

export function featuresText(dev: NetDevice): string {
  const line = (row: FeatureRow): string =>
    `${row.isMember ? '\t' : ''}${row.name}: ${row.on ? 'on' : 'off'}${row.note === null ? '' : ` [${row.note}]`}\n`
  return `Features for ${dev.name}:\n${readFeatures(dev).map(line).join('')}`
}
