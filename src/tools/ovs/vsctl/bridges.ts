// ovs-vsctl: bridges, with fake bridges, their external ids, fail modes, controllers and Auto Attach mappings.
import { entriesOf, lookUp, mapOf, scalar, setOf } from '../../../ovs/db/datum.js'
import type { DraftRow } from '../../../ovs/db/transaction.js'
import { linesOf, type VsctlCall, type VsctlCommand } from './command.js'
import { deletePort, Fatal, realRowOf, type VsctlBridge, type VsctlSession } from './session.js'

function addBridge(call: VsctlCall): void {
  const { session, argv, options } = call
  const [, name, parent, vlanWord] = argv
  if (name === '') throw new Fatal('bridge name must not be empty string')
  if (argv.length === 3) throw new Fatal(`'${argv[0]}' command takes exactly 1 or 3 arguments`)
  const vlan = vlanWord === undefined ? 0 : Number.parseInt(vlanWord, 10) || 0
  if (vlan < 0 || vlan > 4095) throw new Fatal(`${argv[0]}: vlan must be between 0 and 4095`)
  const there = session.view.bridges.get(name!)
  if (options.has('--may-exist') && there !== undefined) return checkSame(there, name!, parent ?? null, vlan)
  session.view.checkConflicts(name!, `cannot create a bridge named ${name}`)
  const iface = session.txn.insert('Interface', session.db.pin(`interface/${name}/uuid`) ?? undefined)
  iface.set('name', scalar(name!))
  iface.set('type', scalar('internal'))
  const port = session.txn.insert('Port', session.db.pin(`port/${name}/uuid`) ?? undefined)
  port.set('name', scalar(name!))
  port.set('interfaces', setOf([iface.uuid]))
  if (parent === undefined) insertBridge(session, name!, port)
  else insertFakeBridge(session, parent, vlan, port)
  session.newInterfaces.push(iface)
  session.invalidate()
}

function insertBridge(session: VsctlSession, name: string, port: DraftRow): void {
  const bridge = session.txn.insert('Bridge', session.db.pin(`${name}/uuid`) ?? undefined)
  bridge.set('name', scalar(name))
  bridge.set('ports', setOf([port.uuid]))
  session.root.set('bridges', setOf([...session.root.get('bridges').keys, bridge.uuid]))
}

function insertFakeBridge(session: VsctlSession, parentName: string, vlan: number, port: DraftRow): void {
  const parent = session.view.bridges.get(parentName)
  if (parent?.parent) throw new Fatal('cannot create bridge with fake bridge as parent')
  if (parent === undefined) throw new Fatal(`parent bridge ${parentName} does not exist`)
  const conflict = parent.children.find((child) => child.vlan === vlan)
  if (conflict !== undefined) throw new Fatal(`bridge ${parentName} already has a child VLAN bridge ${conflict.name} on VLAN ${vlan}`)
  port.set('fake_bridge', scalar(true))
  port.set('tag', scalar(vlan))
  parent.row!.set('ports', setOf([...parent.row!.get('ports').keys, port.uuid]))
}

function checkSame(bridge: VsctlBridge, name: string, parent: string | null, vlan: number): void {
  if (parent === null) {
    if (bridge.parent !== null) throw new Fatal(`"--may-exist add-br ${name}" but ${name} is a VLAN bridge for VLAN ${bridge.vlan}`)
    return
  }
  const said = `"--may-exist add-br ${name} ${parent} ${vlan}" but ${name}`
  if (bridge.parent === null) throw new Fatal(`${said} is not a VLAN bridge`)
  if (bridge.parent.name !== parent) throw new Fatal(`${said} has the wrong parent ${bridge.parent.name}`)
  if (bridge.vlan !== vlan) throw new Fatal(`${said} is a VLAN bridge for the wrong VLAN ${bridge.vlan}`)
}

function deleteBridge({ session, argv, options }: VsctlCall): void {
  const name = argv[1]!
  const bridge = options.has('--if-exists') ? session.view.bridges.get(name) : session.view.bridge(name)
  if (bridge === undefined) return
  removeBridge(session, bridge)
  session.invalidate()
}

function removeBridge(session: VsctlSession, bridge: VsctlBridge): void {
  for (const child of bridge.children) removeBridge(session, child)
  for (const port of bridge.ports) deletePort(port)
  const { row } = bridge
  if (row === null) return
  for (const set of session.txn.rows('Open_vSwitch')) set.set('bridges', setOf(set.get('bridges').keys.filter((uuid) => uuid !== row.uuid)))
  if (!session.db.schema.tables.has('Flow_Sample_Collector_Set')) return
  for (const set of session.txn.rows('Flow_Sample_Collector_Set')) if (set.text('bridge') === row.uuid) session.txn.delete(set)
}

function listBridges({ session, options, output }: VsctlCall): void {
  const any = !options.has('--real') && !options.has('--fake')
  const wanted = [...session.view.bridges.values()].filter((bridge) => any || options.has(bridge.parent === null ? '--real' : '--fake'))
  output.text = linesOf(wanted.map(({ name }) => name))
}

function bridgeExists({ session, argv }: VsctlCall): void {
  if (!session.view.bridges.has(argv[1]!)) throw new Fatal('', 2)
}

/** Fake bridges keep theirs in their port, under keys with a prefix. */
function externalIds({ session, argv }: VsctlCall): { row: DraftRow; prefix: string } {
  const bridge = session.view.bridge(argv[1]!)
  if (bridge.row !== null) return { row: bridge.row, prefix: '' }
  return { row: session.view.ports.get(argv[1]!)!.row, prefix: 'fake-bridge-' }
}

function setExternalId(call: VsctlCall): void {
  const [, , key, value] = call.argv
  const { row, prefix } = externalIds(call)
  const others = entriesOf(row.get('external_ids')).filter(([name]) => name !== `${prefix}${key}`)
  row.set('external_ids', mapOf(value === undefined ? others : [...others, [`${prefix}${key}`, value]]))
}

function getExternalId(call: VsctlCall): void {
  const key = call.argv[2]
  const { row, prefix } = externalIds(call)
  const ids = row.get('external_ids')
  if (key !== undefined) {
    const value = lookUp(ids, `${prefix}${key}`)
    if (value !== null) call.output.text = `${value}\n`
    return
  }
  for (const [name, value] of entriesOf(ids))
    if (String(name).startsWith(prefix)) call.output.text += `${String(name).slice(prefix.length)}=${value}\n`
}

function toVlan({ session, argv, output }: VsctlCall): void {
  output.text = `${session.view.bridge(argv[1]!).vlan}\n`
}

function toParent({ session, argv, output }: VsctlCall): void {
  const bridge = session.view.bridge(argv[1]!)
  output.text = `${(bridge.parent ?? bridge).name}\n`
}

function getFailMode({ session, argv, output }: VsctlCall): void {
  const mode = realRowOf(session.view.bridge(argv[1]!)).text('fail_mode')
  if (mode !== null) output.text = `${mode}\n`
}

function deleteFailMode({ session, argv }: VsctlCall): void {
  session.view.realBridge(argv[1]!).set('fail_mode', setOf([]))
}

function setFailMode({ session, argv }: VsctlCall): void {
  const row = session.view.realBridge(argv[1]!)
  if (argv[2] !== 'standalone' && argv[2] !== 'secure') throw new Fatal('fail-mode must be "standalone" or "secure"')
  row.set('fail_mode', scalar(argv[2]))
}

function getController({ session, argv, output }: VsctlCall): void {
  const row = realRowOf(session.view.bridge(argv[1]!))
  output.text = linesOf(session.txn.refs(row, 'controller').map((controller) => controller.text('target')!))
}

function deleteController({ session, argv }: VsctlCall): void {
  session.view.realBridge(argv[1]!).set('controller', setOf([]))
}

const CONTROLLER_TARGET = /^(tcp|ssl|unix|ptcp|pssl|punix|fd):/

function setController({ session, argv, options }: VsctlCall): void {
  const row = session.view.realBridge(argv[1]!)
  const made = argv.slice(2).map((target) => insertTarget(session, 'Controller', target, options.get('--inactivity-probe') ?? null))
  row.set('controller', setOf(made))
}

/** A row of Controller or Manager. */
export function insertTarget(session: VsctlSession, table: 'Controller' | 'Manager', target: string, probe: string | null): string {
  if (!CONTROLLER_TARGET.test(target)) session.warn(`target type "${target}" is possibly erroneous`)
  const row = session.txn.insert(table)
  row.set('target', scalar(target))
  if (probe !== null) row.set('inactivity_probe', scalar(Number.parseInt(probe, 10) || 0))
  return row.uuid
}

function numberWord(word: string): number {
  if (!/^\s*\d/.test(word)) throw new Fatal(`Invalid argument ${word}`)
  return Number.parseInt(word, 10)
}

function mappingRow(session: VsctlSession, name: string): DraftRow | null {
  return session.txn.refs(realRowOf(session.view.bridge(name)), 'auto_attach')[0] ?? null
}

function addMapping({ session, argv }: VsctlCall): void {
  const pair = [numberWord(argv[2]!), numberWord(argv[3]!)] as const
  const bridge = realRowOf(session.view.bridge(argv[1]!))
  let row = mappingRow(session, argv[1]!)
  if (row === null) {
    row = session.txn.insert('AutoAttach')
    bridge.set('auto_attach', setOf([row.uuid]))
  }
  row.set('mappings', mapOf([...entriesOf(row.get('mappings')), pair]))
}

function deleteMapping({ session, argv }: VsctlCall): void {
  const [isid, vlan] = [numberWord(argv[2]!), numberWord(argv[3]!)]
  const row = mappingRow(session, argv[1]!)
  row?.set('mappings', mapOf(entriesOf(row.get('mappings')).filter(([key, value]) => key !== isid || value !== vlan)))
}

function getMappings({ session, argv, output }: VsctlCall): void {
  const row = mappingRow(session, argv[1]!)
  for (const [isid, vlan] of row === null ? [] : entriesOf(row.get('mappings'))) output.text += `${isid} ${vlan}\n`
}

export const bridgeCommands: readonly VsctlCommand[] = [
  { name: 'add-br', min: 1, max: 3, words: 'NEW-BRIDGE [PARENT] [NEW-VLAN]', options: ['--may-exist'], run: addBridge },
  { name: 'del-br', min: 1, max: 1, words: 'BRIDGE', options: ['--if-exists'], run: deleteBridge },
  { name: 'list-br', min: 0, max: 0, words: '', options: ['--real', '--fake'], run: listBridges },
  { name: 'br-exists', min: 1, max: 1, words: 'BRIDGE', run: bridgeExists },
  { name: 'br-to-vlan', min: 1, max: 1, words: 'BRIDGE', run: toVlan },
  { name: 'br-to-parent', min: 1, max: 1, words: 'BRIDGE', run: toParent },
  { name: 'br-set-external-id', min: 2, max: 3, words: 'BRIDGE KEY [VALUE]', run: setExternalId },
  { name: 'br-get-external-id', min: 1, max: 2, words: 'BRIDGE [KEY]', run: getExternalId },
  { name: 'get-controller', min: 1, max: 1, words: 'BRIDGE', run: getController },
  { name: 'del-controller', min: 1, max: 1, words: 'BRIDGE', run: deleteController },
  {
    name: 'set-controller',
    min: 1,
    max: Number.POSITIVE_INFINITY,
    words: 'BRIDGE TARGET...',
    options: ['--inactivity-probe='],
    run: setController,
  },
  { name: 'get-fail-mode', min: 1, max: 1, words: 'BRIDGE', run: getFailMode },
  { name: 'del-fail-mode', min: 1, max: 1, words: 'BRIDGE', run: deleteFailMode },
  { name: 'set-fail-mode', min: 2, max: 2, words: 'BRIDGE MODE', run: setFailMode },
  { name: 'add-aa-mapping', since: '2.4', min: 3, max: 3, words: 'BRIDGE ARG ARG', run: addMapping },
  { name: 'del-aa-mapping', since: '2.4', min: 3, max: 3, words: 'BRIDGE ARG ARG', run: deleteMapping },
  { name: 'get-aa-mapping', since: '2.4', min: 1, max: 1, words: 'BRIDGE', run: getMappings },
]
