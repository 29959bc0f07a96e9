// show, dump-desc, dump-ports-desc, get-frags, set-frags, probe, ping.
import type { OfBridge } from '../../../ovs/bridge.js'
import { parsePort } from '../../../ovs/port-text.js'
import { firstXid, head } from './messages.js'
import { describePort, type PortListing, sortedPorts } from './port-desc.js'
import { Fatal, type OfctlRun } from './run.js'

const CAPABILITIES_10 = 'FLOW_STATS TABLE_STATS PORT_STATS QUEUE_STATS ARP_MATCH_IP'
const CAPABILITIES_13 = 'FLOW_STATS TABLE_STATS PORT_STATS GROUP_STATS QUEUE_STATS'
/** Actions of OpenFlow 1.0 by the names of the release. */
const ACTIONS =
  'output enqueue set_vlan_vid set_vlan_pcp strip_vlan mod_dl_src mod_dl_dst mod_nw_src mod_nw_dst mod_nw_tos mod_tp_src mod_tp_dst'
const ACTIONS_OLD =
  'OUTPUT SET_VLAN_VID SET_VLAN_PCP STRIP_VLAN SET_DL_SRC SET_DL_DST SET_NW_SRC SET_NW_DST SET_NW_TOS SET_TP_SRC SET_TP_DST ENQUEUE'
/** Packets kept in the switch for controllers: none since 2.6. */
const BUFFERS_OLD = 256

export function show(run: OfctlRun, [name = '']: readonly string[]): number {
  const bridge = run.bridge(name)
  const version = run.versionWith(bridge)
  const { proc } = run
  const listing = portListing(run, bridge)
  proc.out(`${head('OFPT_FEATURES_REPLY', version, 2)} dpid:${bridge.datapathId.toString(16).padStart(16, '0')}\n`)
  proc.out(`n_tables:254, n_buffers:${run.atLeast('2.6') ? 0 : BUFFERS_OLD}\n`)
  const old = version === '1.0'
  proc.out(`capabilities: ${old ? CAPABILITIES_10 : CAPABILITIES_13}\n`)
  if (old) proc.out(`actions: ${run.atLeast('2.1') ? ACTIONS : ACTIONS_OLD}\n`)
  const separate = version >= '1.3'
  if (separate) proc.out(`${head('OFPST_PORT_DESC reply', version, 3)}\n`)
  for (const port of sortedPorts(bridge.ports.values())) proc.out(describePort(port, listing))
  proc.out(`${head('OFPT_GET_CONFIG_REPLY', version, separate ? 5 : 4)} frags=${bridge.fragments} miss_send_len=0\n`)
  return 0
}

function portListing(run: OfctlRun, bridge: OfBridge): PortListing {
  return { openflow: run.versionWith(bridge), text: run.printing(bridge), kernel: run.proc.machine.image.kernel }
}

export function dumpDesc(run: OfctlRun, [name = '']: readonly string[]): number {
  const bridge = run.bridge(name)
  run.proc.out(`${head('OFPST_DESC reply', run.versionWith(bridge), 2)}
Manufacturer: Nicira, Inc.
Hardware: Open vSwitch
Software: ${run.ovs}
Serial Num: None
DP Description: None
`)
  return 0
}

/** Only OpenFlow 1.5 can ask for one port. */
export function dumpPortsDesc(run: OfctlRun, [name = '', wanted = '']: readonly string[]): number {
  const bridge = run.bridge(name)
  const version = run.versionWith(bridge)
  const number = wanted === '' || wanted.toUpperCase() === 'ANY' ? null : portNamed(run, bridge, wanted)
  const readsNames = wanted !== '' && !/^\d+$/.test(wanted)
  const ports = sortedPorts(bridge.ports.values()).filter((port) => version < '1.5' || number === null || port.ofport === number)
  run.proc.out(`${head('OFPST_PORT_DESC reply', version, firstXid(run, false) + (readsNames ? 2 : 0))}\n`)
  for (const port of ports) run.proc.out(describePort(port, portListing(run, bridge)))
  return 0
}

/** By number or name. */
export function portNamed(run: OfctlRun, bridge: OfBridge, text: string): number {
  const reading = { ...run.reading(bridge), ports: { number: (name: string) => bridge.portByName(name)?.ofport ?? null, name: () => null } }
  const port = parsePort(text, reading)
  if (port === null) throw new Fatal(`${bridge.name}: unknown port \`${text}'`)
  return port
}

export function getFrags(run: OfctlRun, [name = '']: readonly string[]): number {
  run.proc.out(`${run.bridge(name).fragments}\n`)
  return 0
}

const MODES = ['normal', 'drop', 'reassemble', 'nx-match'] as const

export function setFrags(run: OfctlRun, [name = '', text = '']: readonly string[]): number {
  const mode = MODES.find((one) => one === text.toLowerCase())
  if (mode === undefined) throw new Fatal(`${text}: unknown fragment handling mode`)
  const bridge = run.bridge(name)
  if (mode === 'reassemble') {
    throw new Fatal(`${name}: setting fragment handling mode failed (this switch probably doesn't support mode "reassemble")`)
  }
  bridge.fragments = mode
  bridge.vswitch.changed()
  return 0
}

export function probe(run: OfctlRun, [name = '']: readonly string[]): number {
  run.bridge(name)
  return 0
}

const ECHOES = 10

export function ping(run: OfctlRun, [name = '', size = '64']: readonly string[]): number {
  if (Number(size) > 65535) throw new Fatal('payload must be between 0 and 65535 bytes')
  run.bridge(name)
  for (let i = 0; i < ECHOES; i++) {
    const xid = (i + 2).toString(16).padStart(8, '0')
    run.proc.out(`${Number(size) || 0} bytes from ${name}: xid=${xid} time=0.0 ms\n`)
  }
  return 0
}
