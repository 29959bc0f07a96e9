// What every daemon of Open vSwitch answers: version, logging, its end.
import { type Appctl, type AppctlCommand, command, NotBuilt, ServerError } from './context.js'

const MODULES = (
  'backtrace bfd bond bridge bundle bundles cfm collectors command_line connmgr conntrack conntrack_tp coverage coverage_ctl ct_dpif ' +
  'daemon daemon_unix dpdk dpif dpif_lookup_autovalidator dpif_lookup_generic dpif_mfex_extract_study dpif_netdev dpif_netdev_extract_impl ' +
  'dpif_netdev_lookup dpif_netdev_perf dpif_netlink entropy fail_open fatal_signal flow hmap hw_offload_policy in_band ipf ipfix jsonrpc ' +
  'lacp learn lldpd mac_learning memory meta_flow native_tnl netdev netdev_dummy netdev_linux netdev_offload netdev_vport netflow ' +
  'netlink netlink_conntrack netlink_notifier netlink_socket nx_match odp_execute odp_util ofp_actions ofp_errors ofp_msgs ofp_util ' +
  'ofproto ofproto_dpif ofproto_dpif_mirror ofproto_dpif_monitor ofproto_dpif_rid ofproto_dpif_upcall ofproto_dpif_xlate ovs_lldp ' +
  'ovs_numa ovs_rcu ovs_router ovs_thread ovsdb_cs ovsdb_error ovsdb_idl ovsdb_jsonrpc pcap pinsched pmd_perf poll_loop process rconn ' +
  'reconnect rstp rstp_sm sflow signals socket_util socket_util_unix sset stream stream_fd stream_replay stream_ssl stream_tcp ' +
  'stream_unix stp string svec system_stats timer timeval tunnel unixctl userspace_tso util uuid vconn vconn_stream vlandev vlog ' +
  'vswitchd xenserver'
).split(' ')

const LEVELS = ['OFF', 'EMER', 'ERR', 'WARN', 'INFO', 'DBG']
const DESTINATIONS = ['console', 'syslog', 'file'] as const

type Destination = (typeof DESTINATIONS)[number]

/** As the distributions start the daemon: -vconsole:emer -vsyslog:err -vfile:info. */
const DEFAULTS: Record<Destination, string> = { console: 'OFF', syslog: 'ERR', file: 'INFO' }

const changed = new WeakMap<object, Map<string, string>>()

function levelsOf(ctl: Appctl): Map<string, string> {
  let levels = changed.get(ctl.vswitch)
  if (levels === undefined) {
    levels = new Map()
    changed.set(ctl.vswitch, levels)
  }
  return levels
}

function vlogList(ctl: Appctl): string {
  const levels = levelsOf(ctl)
  let out = '                 console    syslog    file\n                 -------    ------    ------\n'
  for (const module of MODULES) {
    const [console, syslog, file] = DESTINATIONS.map((place) => levels.get(`${module}:${place}`) ?? DEFAULTS[place])
    out += `${module.padEnd(16)}  ${console!.padStart(4)}       ${syslog!.padStart(4)}       ${file!.padStart(4)}\n`
  }
  return out
}

/** SPEC: words of module, destination and level, divided by colons or blanks. */
function vlogSet(ctl: Appctl, args: readonly string[]): string {
  for (const spec of args.length === 0 ? ['dbg'] : args) {
    if (/^pattern:/i.test(spec)) throw new NotBuilt('vlog/set PATTERN')
    setLevels(ctl, spec)
  }
  return ''
}

function setLevels(ctl: Appctl, spec: string): void {
  let level = 'DBG'
  let module: string | null = null
  let place: Destination | null = null
  for (const word of spec.split(/[ ,:]+/).filter((part) => part !== '')) {
    const upper = word.toUpperCase()
    if (LEVELS.includes(upper)) level = upper
    else if (DESTINATIONS.includes(word.toLowerCase() as Destination)) place = word.toLowerCase() as Destination
    else if (MODULES.includes(word.replaceAll('-', '_'))) module = word.replaceAll('-', '_')
    else if (upper !== 'ANY' && upper !== 'ALL') throw new ServerError(`no destination, level, or module "${word}"`)
  }
  const levels = levelsOf(ctl)
  for (const one of module === null ? MODULES : [module]) {
    for (const where of place === null ? DESTINATIONS : [place]) levels.set(`${one}:${where}`, level)
  }
}

function patterns(): string {
  return (
    '         format\n         ------\n' +
    'console  %D{%Y-%m-%dT%H:%M:%SZ}|%05N|%c%T|%p|%m\n' +
    'syslog   ovs|%05N|%c%T|%p|%m\n' +
    'file     %D{%Y-%m-%dT%H:%M:%S.###Z}|%05N|%c%T|%p|%m\n'
  )
}

export const daemonCommands: readonly AppctlCommand[] = [
  command('version', '', [0, 0], (ctl) => `ovs-vswitchd (Open vSwitch) ${ctl.vswitch.version}\n`),
  command('vlog/list', '', [0, 0], vlogList),
  command('vlog/list-pattern', '', [0, 0], patterns, '2.4'),
  command('vlog/reopen', '', [0, 0], () => ''),
  command('vlog/set', '{spec | PATTERN:destination:pattern}', [1, Number.POSITIVE_INFINITY], vlogSet),
]
