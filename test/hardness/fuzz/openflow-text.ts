// Flow, group and trace text by grammar: fields with values and masks of their kind, actions nested in actions.
import type { Chance } from './chance.js'

type Kind = 'port' | 'mac' | 'ip' | 'ip6' | 'u8' | 'u16' | 'u32' | 'u64' | 'ct' | 'flags' | 'none'

const FIELDS: Readonly<Record<string, Kind>> = {
  in_port: 'port',
  dl_src: 'mac',
  dl_dst: 'mac',
  dl_type: 'u16',
  dl_vlan: 'u16',
  dl_vlan_pcp: 'u8',
  vlan_tci: 'u16',
  vlan_vid: 'u16',
  ip: 'none',
  tcp: 'none',
  udp: 'none',
  icmp: 'none',
  arp: 'none',
  ipv6: 'none',
  icmp6: 'none',
  tcp6: 'none',
  udp6: 'none',
  sctp: 'none',
  rarp: 'none',
  mpls: 'none',
  nw_src: 'ip',
  nw_dst: 'ip',
  nw_proto: 'u8',
  nw_tos: 'u8',
  nw_ecn: 'u8',
  nw_ttl: 'u8',
  ip_frag: 'flags',
  tp_src: 'u16',
  tp_dst: 'u16',
  tcp_flags: 'flags',
  icmp_type: 'u8',
  icmp_code: 'u8',
  arp_spa: 'ip',
  arp_tpa: 'ip',
  arp_sha: 'mac',
  arp_tha: 'mac',
  arp_op: 'u16',
  ipv6_src: 'ip6',
  ipv6_dst: 'ip6',
  ipv6_label: 'u32',
  nd_target: 'ip6',
  nd_sll: 'mac',
  nd_tll: 'mac',
  tun_id: 'u64',
  tun_src: 'ip',
  tun_dst: 'ip',
  metadata: 'u64',
  reg0: 'u32',
  reg7: 'u32',
  reg15: 'u32',
  xreg1: 'u64',
  xxreg0: 'ip6',
  pkt_mark: 'u32',
  ct_state: 'ct',
  ct_zone: 'u16',
  ct_mark: 'u32',
  ct_label: 'ip6',
  ct_nw_src: 'ip',
  ct_tp_dst: 'u16',
  recirc_id: 'u32',
  conj_id: 'u32',
  mpls_label: 'u32',
  mpls_tc: 'u8',
  mpls_bos: 'u8',
  mpls_ttl: 'u8',
  tun_flags: 'flags',
  packet_type: 'u16',
  eth: 'none',
  skb_priority: 'u32',
  actset_output: 'port',
  tun_metadata0: 'u64',
  gtpu_flags: 'u8',
}
const NAMES = Object.keys(FIELDS)

const SUBFIELDS = [
  'NXM_NX_REG0[]',
  'NXM_NX_REG1[0..15]',
  'NXM_NX_REG2[31]',
  'reg3[4..7]',
  'NXM_OF_ETH_SRC[]',
  'NXM_OF_ETH_DST[]',
  'NXM_OF_VLAN_TCI[0..11]',
  'NXM_NX_TUN_ID[]',
  'NXM_NX_TUN_ID[0..31]',
  'NXM_OF_IN_PORT[]',
  'NXM_OF_IP_SRC[]',
  'NXM_OF_ARP_SPA[]',
  'NXM_NX_ARP_SHA[]',
  'OXM_OF_METADATA[]',
  'xxreg0[0..63]',
  'NXM_NX_CT_MARK[]',
  'NXM_NX_IPV6_SRC[]',
  'NXM_OF_TCP_DST[]',
  'reg9[5..3]',
  'reg1[0..99]',
  'nothing[]',
  'eth_src',
]

function number(chance: Chance, bits: number): string {
  const value = chance.percent(70) ? chance.pick([0, 1, 2, 5, 80, 255, 4095, 2 ** Math.min(bits, 48) - 1]) : chance.number()
  return chance.percent(30) && Number.isInteger(value) ? `0x${Math.abs(value).toString(16)}` : String(value)
}

function textOf(chance: Chance, kind: Kind): string {
  switch (kind) {
    case 'none':
      return ''
    case 'port':
      return chance.pick([
        '1',
        '2',
        'p1',
        'pa',
        'LOCAL',
        'CONTROLLER',
        'NORMAL',
        'ANY',
        '65534',
        '65280',
        '0',
        'nosuch',
        number(chance, 16),
      ])
    case 'mac':
      return chance.pick([
        '02:00:00:00:00:01',
        'ff:ff:ff:ff:ff:ff',
        '01:00:00:00:00:00/01:00:00:00:00:00',
        '02:00:00:00:00:01/ff:ff:ff:00:00:00',
        '0:0',
        '02-00-00-00-00-01',
        '00:00:00:00:00:00',
      ])
    case 'ip':
      return chance.pick([
        '10.0.0.1',
        '10.0.0.0/8',
        '0.0.0.0/0',
        '10.0.0.1/255.0.255.0',
        '255.255.255.255',
        '10.0.0.1/33',
        '10.0.0',
        '1.2.3.4.5',
      ])
    case 'ip6':
      return chance.pick([
        'fd00::1',
        'fd00::/64',
        '::/0',
        '::1/ffff::',
        'fe80::1/129',
        '0x1',
        '0x1/0x1',
        '0xffffffffffffffffffffffffffffffff',
        ':::',
      ])
    case 'u8':
      return masked(chance, number(chance, 8))
    case 'u16':
      return masked(chance, number(chance, 16))
    case 'u32':
      return masked(chance, number(chance, 32))
    case 'u64':
      return masked(chance, number(chance, 64))
    case 'ct':
      return chance.pick(['+trk', '-trk', '+new+trk', '+est-inv', '+new-new', '0x21/0x21', '+nosuch', '+', 'trk', '+trk+dnat|snat'])
    case 'flags':
      return chance.pick([
        '+syn',
        '+syn-ack',
        'no',
        'first',
        'later',
        'not_later',
        'yes',
        '0x12/0x12',
        'syn|ack',
        '-',
        '+oam',
        '4096',
        'yes,no',
      ])
  }
}

function masked(chance: Chance, text: string): string {
  return chance.percent(20) ? `${text}/${number(chance, 16)}` : text
}

export function matchText(chance: Chance): string {
  return chance
    .some(0, 5, () => {
      const name = chance.pick(NAMES)
      const value = textOf(chance, FIELDS[name]!)
      return value === '' ? name : `${name}=${value}`
    })
    .join(chance.percent(95) ? ',' : ' ')
}

const sub = (chance: Chance): string => chance.pick(SUBFIELDS)
const port = (chance: Chance): string => textOf(chance, 'port')
const n = (chance: Chance): string => number(chance, 16)

type Make = (chance: Chance, depth: number) => string

const ACTIONS: readonly Make[] = [
  (c) => `output:${port(c)}`,
  (c) =>
    c.pick([
      'NORMAL',
      'FLOOD',
      'ALL',
      'IN_PORT',
      'LOCAL',
      'drop',
      'CONTROLLER',
      'CONTROLLER:128',
      'strip_vlan',
      'pop_vlan',
      'dec_ttl',
      'pop_queue',
      'ct_clear',
      'clear_actions',
      'exit',
      'pop_mpls:0x800',
      'dec_mpls_ttl',
      'debug_recirc',
      'decap',
    ]),
  (c) => `resubmit(${c.pick(['', port(c)])},${c.pick(['0', '1', '2', '10', '254', '255', n(c)])}${c.percent(10) ? ',ct' : ''})`,
  (c) => `resubmit:${port(c)}`,
  (c) => `goto_table:${c.pick(['1', '2', '5', '0', n(c)])}`,
  (c) => `load:${n(c)}->${sub(c)}`,
  (c) => `move:${sub(c)}->${sub(c)}`,
  (c) => `push:${sub(c)}`,
  (c) => `pop:${sub(c)}`,
  (c) => {
    const name = c.pick(NAMES)
    return `set_field:${textOf(c, FIELDS[name]!)}->${name}`
  },
  (c) => `mod_dl_src:${textOf(c, 'mac')}`,
  (c) => `mod_nw_dst:${textOf(c, 'ip')}`,
  (c) => `mod_vlan_vid:${n(c)}`,
  (c) => `mod_tp_dst:${n(c)}`,
  (c) => `mod_nw_tos:${n(c)}`,
  (c) => `push_vlan:${c.pick(['0x8100', '0x88a8', '0x1234', n(c)])}`,
  (c) => `push_mpls:${c.pick(['0x8847', '0x8848', '1'])}`,
  (c) => `set_tunnel:${n(c)}`,
  (c) => `set_queue:${n(c)}`,
  (c) => `enqueue:${port(c)}:${n(c)}`,
  (c) => `group:${c.pick(['1', '2', '3', n(c)])}`,
  (c) => `meter:${n(c)}`,
  (c) => `write_metadata:${textOf(c, 'u64')}`,
  (c) => `note:${c.pick(['00.11', '', 'zz', '0.0.0.0.0.0.0'])}`,
  (c) => `conjunction(${n(c)},${c.pick(['1/2', '2/2', '3/2', '0/0', '1/65'])})`,
  (c) =>
    `bundle(${c.pick(['eth_src', 'symmetric_l4'])},${n(c)},${c.pick(['active_backup', 'hrw'])},ofport,slaves:${c.some(0, 3, () => port(c)).join(',')})`,
  (c) =>
    `multipath(${c.pick(['eth_src', 'symmetric_l4', 'x'])},${n(c)},${c.pick(['modulo_n', 'hash_threshold', 'hrw', 'iter_hash'])},${n(c)},0,${sub(c)})`,
  (c) => `learn(${c.some(0, 5, () => learnPart(c)).join(',')})`,
  (c) => `output(port=${port(c)},max_len=${n(c)})`,
  (c) => `output:${sub(c)}`,
  (c) => `fin_timeout(idle_timeout=${n(c)})`,
  (c) => `sample(probability=${n(c)},collector_set_id=1)`,
  (c) => `check_pkt_larger(${n(c)})->${sub(c)}`,
  (c) =>
    `controller(${c.some(0, 3, () => c.pick(['max_len=5', 'reason=action', 'id=7', 'userdata=00.01', 'pause', 'meter_id=1'])).join(',')})`,
  (c, depth) => `ct(${c.some(0, 4, () => ctPart(c, depth)).join(',')})`,
  (c, depth) => `clone(${actionText(c, depth + 1)})`,
  (c, depth) => `write_actions(${actionText(c, depth + 1)})`,
]

function learnPart(c: Chance): string {
  return c.pick([
    `table=${n(c)}`,
    `hard_timeout=${n(c)}`,
    `priority=${n(c)}`,
    'delete_learned',
    `limit=${n(c)}`,
    `result_dst=${sub(c)}`,
    `${sub(c)}=${sub(c)}`,
    sub(c),
    `load:${sub(c)}->${sub(c)}`,
    `load:${n(c)}->${sub(c)}`,
    `output:${sub(c)}`,
    `${c.pick(NAMES)}=${n(c)}`,
  ])
}

function ctPart(c: Chance, depth: number): string {
  const nat = c.pick([
    'nat',
    'nat(src=10.9.9.9)',
    'nat(dst=10.9.9.1-10.9.9.9:80-90,random)',
    'nat(src=fd00::1-fd00::9,persistent)',
    'nat(src=9-1)',
    'nat(',
    'nat(dst=10.0.0.9-10.0.0.1)',
  ])
  return c.pick([
    'commit',
    'force',
    `table=${n(c)}`,
    `zone=${n(c)}`,
    `zone=${sub(c)}`,
    nat,
    `exec(${actionText(c, depth + 1)})`,
    'exec(load:1->NXM_NX_CT_MARK[])',
    'alg=ftp',
  ])
}

export function actionText(chance: Chance, depth = 0): string {
  return chance
    .some(depth > 0 ? 0 : 1, depth > 3 ? 1 : 4, () => chance.pick(depth > 3 ? ACTIONS.slice(0, 20) : ACTIONS)(chance, depth))
    .join(',')
}

export function flowText(chance: Chance): string {
  const head = chance.some(0, 3, () =>
    chance.pick([
      `table=${chance.pick(['0', '1', '2', '10', '20', n(chance)])}`,
      `priority=${n(chance)}`,
      `cookie=${n(chance)}`,
      `idle_timeout=${n(chance)}`,
      `hard_timeout=${n(chance)}`,
      'send_flow_rem',
      'check_overlap',
      `importance=${n(chance)}`,
      `cookie=${n(chance)}/${n(chance)}`,
    ]),
  )
  return `${[...head, matchText(chance)].filter((part) => part !== '').join(',')}${chance.pick([',', ' '])}actions=${actionText(chance)}`
}

export function groupText(chance: Chance): string {
  const bucket = (): string =>
    `bucket=${chance
      .some(0, 2, () =>
        chance.pick([`weight:${n(chance)}`, `watch_port:${port(chance)}`, `watch_group:${n(chance)}`, `bucket_id:${n(chance)}`]),
      )
      .concat(`actions=${actionText(chance)}`)
      .join(',')}`
  return [
    `group_id=${chance.pick(['1', '2', '3', n(chance)])}`,
    `type=${chance.pick(['all', 'select', 'indirect', 'ff', 'fast_failover', 'x'])}`,
    ...chance.some(0, 1, () => chance.pick(['selection_method=hash', 'selection_method=dp_hash', 'fields(eth_src,ip_dst)'])),
    ...chance.some(0, 3, bucket),
  ].join(',')
}
