// ovs-vsctl: ports, bonds and their interfaces.
import { scalar, setOf } from '../../../ovs/db/datum.js'
import type { DraftRow } from '../../../ovs/db/transaction.js'
import { linesOf, type VsctlCall, type VsctlCommand } from './command.js'
import { setColumn } from './records.js'
import { deletePort, Fatal, realRowOf, type VsctlPort, type VsctlSession } from './session.js'

const MANY = Number.POSITIVE_INFINITY

interface NewPort {
  readonly bridge: string
  readonly name: string
  readonly interfaces: readonly string[]
  /** COLUMN=VALUE */
  readonly settings: readonly string[]
  readonly hasFakeInterface: boolean
}

function addPort(call: VsctlCall): void {
  const [, bridge, name, ...settings] = call.argv
  insertPort(call, { bridge: bridge!, name: name!, interfaces: [name!], settings, hasFakeInterface: false })
}

function addBond(call: VsctlCall): void {
  const [, bridge, name, ...rest] = call.argv
  const at = rest.findIndex((word) => word.includes('='))
  const count = at < 0 ? rest.length : at
  if (count < 2) throw new Fatal(`add-bond requires at least 2 interfaces, but only ${count} were specified`)
  const hasFakeInterface = call.options.has('--fake-iface')
  insertPort(call, { bridge: bridge!, name: name!, interfaces: rest.slice(0, count), settings: rest.slice(count), hasFakeInterface })
}

function insertPort(call: VsctlCall, port: NewPort): void {
  const { session, options } = call
  if (port.name === '') throw new Fatal('port name must not be empty string')
  if (port.interfaces.includes('')) throw new Fatal('interface name must not be empty string')
  const there = options.has('--may-exist') ? session.view.findPort(port.name) : null
  if (there !== null) return checkSame(call, port, there)
  session.view.checkConflicts(port.name, `cannot create a port named ${port.name}`)
  for (const name of port.interfaces) session.view.checkConflicts(name, `cannot create an interface named ${name}`)
  const bridge = session.view.bridge(port.bridge)
  const interfaces = port.interfaces.map((name) => newInterface(session, name))
  const row = session.txn.insert('Port', session.db.pin(`port/${port.name}/uuid`) ?? undefined)
  row.set('name', scalar(port.name))
  row.set('interfaces', setOf(interfaces.map(({ uuid }) => uuid)))
  row.set('bond_fake_iface', scalar(port.hasFakeInterface))
  if (bridge.parent !== null) row.set('tag', scalar(bridge.vlan))
  for (const setting of port.settings) setColumn(session, row, setting)
  const real = realRowOf(bridge)
  real.set('ports', setOf([...real.get('ports').keys, row.uuid]))
  session.invalidate()
}

function newInterface(session: VsctlSession, name: string): DraftRow {
  const row = session.txn.insert('Interface', session.db.pin(`interface/${name}/uuid`) ?? undefined)
  row.set('name', scalar(name))
  session.newInterfaces.push(row)
  return row
}

function checkSame(call: VsctlCall, port: NewPort, there: VsctlPort): void {
  const said = `"${commandText(call)}" but ${port.name}`
  if (there.bridge.name !== port.bridge) throw new Fatal(`${said} is actually attached to bridge ${there.bridge.name}`)
  const have = there.interfaces.map(({ row }) => row.text('name')!).sort()
  if (have.join() !== [...port.interfaces].sort().join()) throw new Fatal(`${said} actually has interface(s) ${have.join(', ')}`)
}

function commandText({ argv, options }: VsctlCall): string {
  const words = [...options].map(([key, value]) => (value === null ? key : `${key}=${value}`))
  return [...words, ...argv].join(' ')
}

function addBondInterface(call: VsctlCall): void {
  const { session, argv, options } = call
  const port = session.view.port(argv[1]!)
  const there = options.has('--may-exist') ? session.view.findInterface(argv[2]!) : null
  if (there !== null) {
    if (there.port === port) return
    throw new Fatal(`"${commandText(call)}" but ${argv[2]} is actually attached to port ${there.port.row.text('name')}`)
  }
  session.view.checkConflicts(argv[2]!, `cannot create an interface named ${argv[2]}`)
  const row = newInterface(session, argv[2]!)
  port.row.set('interfaces', setOf([...port.row.get('interfaces').keys, row.uuid]))
  session.invalidate()
}

function deleteBondInterface({ session, argv, options }: VsctlCall): void {
  const name = argv[argv.length - 1]!
  const iface = options.has('--if-exists') ? session.view.findInterface(name) : session.view.interface(name)
  if (iface === null) return
  const { port } = iface
  if (argv.length > 2 && session.view.port(argv[1]!) !== port) throw new Fatal(`port ${argv[1]} does not have an interface ${name}`)
  if (port.interfaces.length < 2) throw new Fatal(`cannot delete last interface from port ${port.row.text('name')}`)
  port.row.set('interfaces', setOf(port.row.get('interfaces').keys.filter((uuid) => uuid !== iface.row.uuid)))
  session.invalidate()
}

function removePort(call: VsctlCall): void {
  const { session, argv } = call
  const port = portToDelete(call, argv[argv.length - 1]!)
  if (port === null) return
  if (argv.length === 3) {
    const bridge = session.view.bridge(argv[1]!)
    if (port.bridge !== bridge && port.bridge.parent === bridge)
      throw new Fatal(`bridge ${argv[1]} does not have a port ${argv[2]} (although its child bridge ${port.bridge.name} does)`)
    if (port.bridge !== bridge) throw new Fatal(`bridge ${argv[1]} does not have a port ${argv[2]}`)
  }
  deletePort(port)
  session.invalidate()
}

function portToDelete({ session, options }: VsctlCall, name: string): VsctlPort | null {
  const mustExist = !options.has('--if-exists')
  if (session.view.bridges.has(name)) {
    if (!mustExist) return null
    throw new Fatal(
      `cannot delete port ${name} because it is the local port for bridge ${name} (deleting this port requires deleting the entire bridge)`,
    )
  }
  if (!options.has('--with-iface')) return mustExist ? session.view.port(name) : session.view.findPort(name)
  const port = session.view.findPort(name) ?? session.view.findInterface(name)?.port ?? null
  if (port === null && mustExist) throw new Fatal(`no port or interface named ${name}`)
  return port
}

function listPorts({ session, argv, output }: VsctlCall): void {
  const bridge = session.view.bridge(argv[1]!)
  output.text = linesOf(bridge.ports.map(({ row }) => row.text('name')!).filter((name) => name !== bridge.name))
}

function listInterfaces({ session, argv, output }: VsctlCall): void {
  const bridge = session.view.bridge(argv[1]!)
  const names = bridge.ports.flatMap(({ interfaces }) => interfaces.map(({ row }) => row.text('name')!))
  output.text = linesOf(names.filter((name) => name !== bridge.name))
}

function portToBridge({ session, argv, output }: VsctlCall): void {
  output.text = `${session.view.port(argv[1]!).bridge.name}\n`
}

function interfaceToBridge({ session, argv, output }: VsctlCall): void {
  output.text = `${session.view.interface(argv[1]!).port.bridge.name}\n`
}

export const portCommands: readonly VsctlCommand[] = [
  { name: 'list-ports', min: 1, max: 1, words: 'BRIDGE', run: listPorts },
  { name: 'add-port', min: 2, max: MANY, words: 'BRIDGE PORT [COLUMN[:KEY]=VALUE]...', options: ['--may-exist'], run: addPort },
  { name: 'add-bond', min: 4, max: MANY, words: 'BRIDGE PORT IFACE...', options: ['--may-exist', '--fake-iface'], run: addBond },
  { name: 'add-bond-iface', since: '2.10', min: 2, max: 2, words: 'BOND IFACE', options: ['--may-exist'], run: addBondInterface },
  { name: 'del-bond-iface', since: '2.10', min: 1, max: 2, words: '[BOND] IFACE', options: ['--if-exists'], run: deleteBondInterface },
  { name: 'del-port', min: 1, max: 2, words: '[BRIDGE] PORT', options: ['--if-exists', '--with-iface'], run: removePort },
  { name: 'port-to-br', min: 1, max: 1, words: 'PORT', run: portToBridge },
  { name: 'list-ifaces', min: 1, max: 1, words: 'BRIDGE', run: listInterfaces },
  { name: 'iface-to-br', min: 1, max: 1, words: 'IFACE', run: interfaceToBridge },
]
