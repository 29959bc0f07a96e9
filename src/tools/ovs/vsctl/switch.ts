// ovs-vsctl: the switch as a whole: init, show, emer-reset, managers, SSL, timeouts of conntrack zones.
import { EMPTY, entriesOf, lookUp, mapOf, scalar, setOf } from '../../../ovs/db/datum.js'
import type { DraftRow } from '../../../ovs/db/transaction.js'
import { insertTarget } from './bridges.js'
import { linesOf, type VsctlCall, type VsctlCommand } from './command.js'
import { Fatal } from './session.js'
import { show } from './show.js'

const MANY = Number.POSITIVE_INFINITY

/** What an administrator may have set goes; bridges and ports stay. */
function emergencyReset({ session }: VsctlCall): void {
  const { txn, root } = session
  root.set('manager_options', EMPTY)
  root.set('ssl', EMPTY)
  for (const bridge of txn.rows('Bridge')) {
    for (const column of ['controller', 'fail_mode', 'mirrors', 'netflow', 'sflow', 'ipfix', 'flood_vlans'])
      if (bridge.schema.columns.has(column)) bridge.set(column, EMPTY)
    const hwaddr = lookUp(bridge.get('other_config'), 'hwaddr')
    bridge.set('other_config', hwaddr === null ? EMPTY : mapOf([['hwaddr', hwaddr]]))
  }
  for (const port of txn.rows('Port')) port.set('other_config', EMPTY)
  for (const iface of txn.rows('Interface')) {
    iface.set('ingress_policing_rate', scalar(0))
    iface.set('ingress_policing_burst', scalar(0))
  }
  session.invalidate()
}

function getManager({ session, output }: VsctlCall): void {
  const targets = session.txn.refs(session.root, 'manager_options').map((manager) => manager.text('target')!)
  output.text = linesOf([...new Set(targets)])
}

function deleteManager({ session }: VsctlCall): void {
  session.root.set('manager_options', EMPTY)
}

function setManager({ session, argv, options }: VsctlCall): void {
  const made = argv.slice(1).map((target) => insertTarget(session, 'Manager', target, options.get('--inactivity-probe') ?? null))
  session.root.set('manager_options', setOf(made))
}

function getSsl({ session, output }: VsctlCall): void {
  const [ssl] = session.txn.refs(session.root, 'ssl')
  if (ssl === undefined) return
  output.text =
    `Private key: ${ssl.text('private_key')}\nCertificate: ${ssl.text('certificate')}\n` +
    `CA Certificate: ${ssl.text('ca_cert')}\nBootstrap: ${ssl.isTrue('bootstrap_ca_cert')}\n`
}

function deleteSsl({ session }: VsctlCall): void {
  session.root.set('ssl', EMPTY)
}

function setSsl({ session, argv, options }: VsctlCall): void {
  const row = session.txn.insert('SSL')
  row.set('private_key', scalar(argv[1]!))
  row.set('certificate', scalar(argv[2]!))
  row.set('ca_cert', scalar(argv[3]!))
  row.set('bootstrap_ca_cert', scalar(options.has('--bootstrap')))
  session.root.set('ssl', setOf([row.uuid]))
}

function datapathOf({ session, argv }: VsctlCall, said: (name: string) => string): DraftRow {
  const uuid = lookUp(session.root.get('datapaths'), argv[1]!)
  const row = uuid === null ? null : session.txn.row('Datapath', String(uuid))
  if (row === null) throw new Fatal(said(argv[1]!))
  return row
}

function zoneOf(word: string): number {
  return Number(/^zone=(\d+)/.exec(word)?.[1] ?? 0)
}

function addZonePolicy(call: VsctlCall): void {
  const { session, argv, options } = call
  const datapath = datapathOf(call, (name) => `datapath ${name} does not exist`)
  const zone = zoneOf(argv[2]!)
  const timeouts = argv.slice(3)
  if (timeouts.length === 0) throw new Fatal('No timeout policy')
  const there = lookUp(datapath.get('ct_zones'), zone)
  if (there !== null && !options.has('--may-exist')) throw new Fatal(`zone id ${zone} already exists`)
  const policy = session.txn.insert('CT_Timeout_Policy')
  policy.set(
    'timeouts',
    mapOf(
      timeouts.map((word) => {
        const [key = '', value] = word.split('=')
        return [key, Number.parseInt(value ?? '', 10) || 0] as const
      }),
    ),
  )
  const row = there === null ? session.txn.insert('CT_Zone') : session.txn.row('CT_Zone', String(there))!
  row.set('timeout_policy', setOf([policy.uuid]))
  datapath.set('ct_zones', mapOf([...entriesOf(datapath.get('ct_zones')), [zone, row.uuid]]))
}

function deleteZonePolicy(call: VsctlCall): void {
  const datapath = datapathOf(call, (name) => `datapath ${name} does not exist`)
  const zone = zoneOf(call.argv[2]!)
  const zones = entriesOf(datapath.get('ct_zones'))
  if (!call.options.has('--if-exists') && !zones.some(([id]) => id === zone)) throw new Fatal(`zone id ${zone} does not exist`)
  datapath.set('ct_zones', mapOf(zones.filter(([id]) => id !== zone)))
}

function listZonePolicies(call: VsctlCall): void {
  const { session, output } = call
  const datapath = datapathOf(call, (name) => `datapath: ${name} record not found`)
  for (const [zone, uuid] of entriesOf(datapath.get('ct_zones'))) {
    const row = session.txn.row('CT_Zone', String(uuid))!
    const [policy] = session.txn.refs(row, 'timeout_policy')
    const timeouts = policy === undefined ? [] : entriesOf(policy.get('timeouts')).map(([key, value]) => `${key}=${value}`)
    output.text += `Zone:${zone}, Timeout Policies: ${policy === undefined ? 'system default' : timeouts.join(' ')}\n`
  }
}

function listCapabilities(call: VsctlCall): void {
  const datapath = datapathOf(call, (name) => `datapath "${name}" record not found`)
  call.output.text = `${entriesOf(datapath.get('capabilities'))
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')}\n`
}

export const switchCommands: readonly VsctlCommand[] = [
  { name: 'init', min: 0, max: 0, words: '', run: () => {} },
  { name: 'show', min: 0, max: 0, words: '', run: show },
  { name: 'emer-reset', min: 0, max: 0, words: '', run: emergencyReset },
  { name: 'get-manager', min: 0, max: 0, words: '', run: getManager },
  { name: 'del-manager', min: 0, max: 0, words: '', run: deleteManager },
  { name: 'set-manager', min: 1, max: MANY, words: 'TARGET...', options: ['--inactivity-probe='], run: setManager },
  { name: 'get-ssl', min: 0, max: 0, words: '', run: getSsl },
  { name: 'del-ssl', min: 0, max: 0, words: '', run: deleteSsl },
  { name: 'set-ssl', min: 3, max: 3, words: 'PRIVATE-KEY CERTIFICATE CA-CERT', options: ['--bootstrap'], run: setSsl },
  { name: 'add-zone-tp', since: '2.13', min: 2, max: 18, words: 'DP_NAME ZONE POLICIES...', options: ['--may-exist'], run: addZonePolicy },
  { name: 'del-zone-tp', since: '2.13', min: 2, max: 2, words: 'DP_NAME ZONE', options: ['--if-exists'], run: deleteZonePolicy },
  { name: 'list-zone-tp', since: '2.13', min: 1, max: 1, words: 'DP_NAME', run: listZonePolicies },
  { name: 'list-dp-cap', since: '2.13', min: 1, max: 1, words: 'DP_NAME', run: listCapabilities },
]
