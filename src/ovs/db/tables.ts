// The tables of the Open_vSwitch database, by version. One line a column: name, type, and
//   !  cannot be changed   ~  lives as long as the server   @2.1  since that version   <2.0  until before that version

import { atLeast } from '../version.js'
import { type Column, parseColumnType, type Schema, type TableSchema } from './schema.js'

interface TableText {
  readonly name: string
  readonly since?: string
  readonly before?: string
  readonly isRoot?: boolean
  readonly maxRows?: number
  readonly indexes?: readonly (readonly string[])[]
  readonly columns: readonly string[]
}

const EXTERNAL = 'external_ids string=string*'
const OTHER = 'other_config string=string*'

const TIMEOUTS = `string(${[
  'tcp_syn_sent|tcp_syn_recv|tcp_established|tcp_fin_wait|tcp_close_wait|tcp_last_ack|tcp_time_wait|tcp_close',
  'tcp_syn_sent2|tcp_retransmit|tcp_unack|udp_first|udp_single|udp_multiple|icmp_first|icmp_reply',
].join('|')})`

const TABLES: readonly TableText[] = [
  {
    name: 'Open_vSwitch',
    isRoot: true,
    maxRows: 1,
    columns: [
      'bridges ->Bridge*',
      'datapaths string=->Datapath* @2.13',
      'manager_options ->Manager*',
      'ssl ->SSL?',
      OTHER,
      EXTERNAL,
      'next_cfg integer',
      'cur_cfg integer',
      'capabilities string=->Capability* <1.5',
      'statistics string=string* ~',
      'ovs_version string?',
      'db_version string?',
      'system_type string?',
      'system_version string?',
      'datapath_types string* @2.5',
      'iface_types string* @2.5',
      'dpdk_initialized boolean @2.11',
      'dpdk_version string? @2.11',
    ],
  },
  { name: 'Capability', before: '1.5', columns: ['details string=string*'] },
  {
    name: 'Bridge',
    indexes: [['name']],
    columns: [
      'name string !',
      'datapath_type string',
      'datapath_version string @2.5',
      'datapath_id string? ~',
      'stp_enable boolean',
      'rstp_enable boolean @2.5',
      'mcast_snooping_enable boolean @2.5',
      'ports ->Port*',
      'mirrors ->Mirror*',
      'netflow ->NetFlow?',
      'sflow ->sFlow?',
      'ipfix ->IPFIX? @1.10',
      'controller ->Controller*',
      'protocols string(OpenFlow10|OpenFlow11|OpenFlow12|OpenFlow13)* @1.10 <2.3',
      'protocols string(OpenFlow10|OpenFlow11|OpenFlow12|OpenFlow13|OpenFlow14|OpenFlow15)* @2.3 <2.9',
      'protocols string(OpenFlow10|OpenFlow11|OpenFlow12|OpenFlow13|OpenFlow14|OpenFlow15|OpenFlow16)* @2.9 <2.12',
      'protocols string(OpenFlow10|OpenFlow11|OpenFlow12|OpenFlow13|OpenFlow14|OpenFlow15)* @2.12',
      'fail_mode string(standalone|secure)?',
      'status string=string* ~',
      'rstp_status string=string* ~ @2.5',
      OTHER,
      EXTERNAL,
      'flood_vlans integer(0..4095){0,4096}',
      'flow_tables integer(0..254)=->Flow_Table* @1.10',
      'auto_attach ->AutoAttach? @2.5',
    ],
  },
  {
    name: 'Port',
    indexes: [['name']],
    columns: [
      'name string !',
      'interfaces ->Interface+',
      'trunks integer(0..4095){0,4096}',
      'cvlans integer(0..4095){0,4096} @2.8',
      'tag integer(0..4095)?',
      'vlan_mode string(trunk|access|native-tagged|native-untagged)? <2.8',
      'vlan_mode string(trunk|access|native-tagged|native-untagged|dot1q-tunnel)? @2.8',
      'qos ->QoS?',
      'mac string?',
      'bond_mode string(balance-tcp|balance-slb|active-backup|stable)? <2.0',
      'bond_mode string(balance-tcp|balance-slb|active-backup)? @2.0',
      'lacp string(active|passive|off)?',
      'bond_updelay integer',
      'bond_downdelay integer',
      'bond_active_slave string? @2.5',
      'bond_fake_iface boolean',
      'fake_bridge boolean',
      'status string=string* ~',
      'rstp_status string=string* ~ @2.5',
      'rstp_statistics string=integer* ~ @2.5',
      'statistics string=integer* ~',
      'protected boolean @2.8',
      OTHER,
      EXTERNAL,
    ],
  },
  {
    name: 'Interface',
    indexes: [['name']],
    columns: [
      'name string !',
      'type string',
      'options string=string*',
      'ingress_policing_rate integer(0..)',
      'ingress_policing_burst integer(0..)',
      'ingress_policing_kpkts_rate integer(0..) @2.17',
      'ingress_policing_kpkts_burst integer(0..) @2.17',
      'mac_in_use string? ~ @1.10',
      'mac string?',
      'ifindex integer(0..4294967295)? ~ @1.10',
      EXTERNAL,
      'ofport integer? ~ <1.10',
      'ofport integer? @1.10',
      'ofport_request integer(1..65279)? @1.10',
      'bfd string=string* @1.11',
      'bfd_status string=string* @1.11 <2.17',
      'bfd_status string=string* ~ @2.17',
      'cfm_mpid integer?',
      'cfm_remote_mpids integer* ~',
      'cfm_flap_count integer? @2.5',
      'cfm_fault boolean? ~',
      'cfm_fault_status string* ~ @1.10',
      'cfm_remote_opstate string(up|down)? ~ @1.10',
      'cfm_health integer(0..100)? ~ @1.10',
      'lacp_current boolean? ~',
      'lldp string=string* @2.5',
      OTHER,
      'statistics string=integer* ~',
      'status string=string* ~',
      'admin_state string(up|down)? ~',
      'link_state string(up|down)? ~',
      'link_resets integer? ~',
      'link_speed integer? ~',
      'duplex string(half|full)? ~',
      'mtu integer? ~',
      'mtu_request integer(1..)? @2.6',
      'error string? @2.5',
    ],
  },
  {
    name: 'Flow_Table',
    since: '1.10',
    columns: [
      'name string?',
      'flow_limit integer(0..)?',
      'overflow_policy string(refuse|evict)?',
      'groups string*',
      'prefixes string{0,3} @2.1',
      `${EXTERNAL} @2.5`,
    ],
  },
  { name: 'QoS', isRoot: true, columns: ['type string', 'queues integer(0..4294967295)=->Queue*', OTHER, EXTERNAL] },
  { name: 'Queue', isRoot: true, columns: ['dscp integer(0..63)?', OTHER, EXTERNAL] },
  {
    name: 'Mirror',
    columns: [
      'name string',
      'select_all boolean',
      'select_src_port ~>Port*',
      'select_dst_port ~>Port*',
      'select_vlan integer(0..4095){0,4096}',
      'output_port ~>Port?',
      'output_vlan integer(1..4095)?',
      'snaplen integer(14..65535)? @2.6',
      'statistics string=integer* ~',
      EXTERNAL,
    ],
  },
  {
    name: 'NetFlow',
    columns: [
      'targets string+',
      'engine_type integer(0..255)?',
      'engine_id integer(0..255)?',
      'add_id_to_interface boolean',
      'active_timeout integer(-1..)',
      EXTERNAL,
    ],
  },
  { name: 'sFlow', columns: ['targets string+', 'sampling integer?', 'polling integer?', 'header integer?', 'agent string?', EXTERNAL] },
  {
    name: 'IPFIX',
    since: '1.10',
    columns: [
      'targets string+ <2.5',
      'targets string* @2.5',
      'sampling integer(1..4294967295)?',
      'obs_domain_id integer(0..4294967295)?',
      'obs_point_id integer(0..4294967295)?',
      'cache_active_timeout integer(0..4200)?',
      'cache_max_flows integer(0..4294967295)?',
      `${OTHER} @2.5`,
      EXTERNAL,
    ],
  },
  {
    name: 'Flow_Sample_Collector_Set',
    since: '1.10',
    isRoot: true,
    indexes: [['id', 'bridge']],
    columns: ['id integer(0..4294967295)', 'bridge ->Bridge', 'ipfix ->IPFIX?', EXTERNAL],
  },
  {
    name: 'Controller',
    columns: [
      'type string(primary|service)? @2.12',
      'target string',
      'max_backoff integer(1000..)?',
      'inactivity_probe integer?',
      'connection_mode string(in-band|out-of-band)?',
      'local_ip string?',
      'local_netmask string?',
      'local_gateway string?',
      'enable_async_messages boolean? @1.10',
      'controller_queue_size integer(1..512)? @2.13',
      'controller_rate_limit integer(100..)?',
      'controller_burst_limit integer(25..)?',
      `${OTHER} @1.10`,
      EXTERNAL,
      'is_connected boolean ~',
      'role string(other|master|slave)? ~',
      'status string=string* ~',
    ],
  },
  {
    name: 'Manager',
    indexes: [['target']],
    columns: [
      'target string',
      'max_backoff integer(1000..)?',
      'inactivity_probe integer?',
      'connection_mode string(in-band|out-of-band)?',
      `${OTHER} @1.10`,
      EXTERNAL,
      'is_connected boolean ~',
      'status string=string* ~',
    ],
  },
  {
    name: 'Datapath',
    since: '2.13',
    columns: ['datapath_version string', 'ct_zones integer(0..65535)=->CT_Zone*', 'capabilities string=string*', EXTERNAL],
  },
  { name: 'CT_Zone', since: '2.13', columns: ['timeout_policy ->CT_Timeout_Policy?', EXTERNAL] },
  { name: 'CT_Timeout_Policy', since: '2.13', columns: [`timeouts ${TIMEOUTS}=integer(0..4294967295)*`, EXTERNAL] },
  {
    name: 'SSL',
    maxRows: 1,
    columns: ['private_key string', 'certificate string', 'ca_cert string', 'bootstrap_ca_cert boolean', EXTERNAL],
  },
  {
    name: 'AutoAttach',
    since: '2.5',
    columns: ['system_name string', 'system_description string', 'mappings integer(0..16777215)=integer(0..4095)*'],
  },
]

/** Version of the schema by version of Open vSwitch: the last line that is not newer. */
const VERSIONS: readonly (readonly [since: string, schema: string])[] = [
  ['1.4', '6.4.0'],
  ['2.0', '7.3.0'],
  ['2.5', '7.12.1'],
  ['2.11', '7.16.1'],
  ['2.12', '8.0.0'],
  ['2.13', '8.2.0'],
  ['3.0', '8.3.1'],
]

const made = new Map<string, Schema>()

export function schemaOf(version: string): Schema {
  let schema = made.get(version)
  if (schema === undefined) {
    schema = makeSchema(version)
    made.set(version, schema)
  }
  return schema
}

function makeSchema(version: string): Schema {
  const tables = TABLES.filter((table) => isIn(version, table.since, table.before)).map((table) => makeTable(table, version))
  const known = VERSIONS.filter(([since]) => atLeast(version, since))
  return {
    name: 'Open_vSwitch',
    version: known[known.length - 1]?.[1] ?? '6.4.0',
    tables: new Map(tables.sort(byName).map((table) => [table.name, table])),
  }
}

function makeTable(text: TableText, version: string): TableSchema {
  const columns = text.columns.map((line) => makeColumn(line, version)).filter((column) => column !== null)
  return {
    name: text.name,
    isRoot: text.isRoot ?? false,
    maxRows: text.maxRows ?? null,
    indexes: text.indexes ?? [],
    columns: new Map(columns.sort(byName).map((column) => [column.name, column])),
  }
}

function makeColumn(line: string, version: string): Column | null {
  const [name, type, ...marks] = line.split(' ')
  const since = marks.find((mark) => mark.startsWith('@'))?.slice(1)
  const before = marks.find((mark) => mark.startsWith('<'))?.slice(1)
  if (!isIn(version, since, before)) return null
  return { name: name!, type: parseColumnType(type!), isEphemeral: marks.includes('~'), isMutable: !marks.includes('!') }
}

function isIn(version: string, since: string | undefined, before: string | undefined): boolean {
  return (since === undefined || atLeast(version, since)) && (before === undefined || !atLeast(version, before))
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1
}
