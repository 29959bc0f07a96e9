// The database as ovs-ctl leaves it before ovs-vswitchd starts: one row of Open_vSwitch that says what runs where.
import type { Kernel } from '../../kernel/kernel.js'
import { atLeast } from '../version.js'
import { OvsDb } from './database.js'
import { mapOf, scalar } from './datum.js'

export { Reconfigurer } from './reconfigure.js'

export interface HostFacts {
  readonly hostname: string
  readonly systemId: string
  readonly systemType: string
  readonly systemVersion: string
  readonly rundir: string
}

export function openDatabase(version: string, kernel: Kernel, facts: HostFacts): OvsDb {
  const db = new OvsDb(version, kernel.random.fork(`${kernel.name}/ovsdb`), (key) => kernel.takePin(`ovs/${key}`))
  const txn = db.begin()
  const root = txn.insert('Open_vSwitch', db.pin('uuid') ?? undefined)
  const ids: [string, string][] = [['system-id', facts.systemId]]
  if (atLeast(version, '2.6')) ids.push(['rundir', facts.rundir])
  if (atLeast(version, '2.9')) ids.push(['hostname', facts.hostname])
  root.set('external_ids', mapOf(ids))
  root.set('ovs_version', scalar(version))
  root.set('db_version', scalar(db.schema.version))
  root.set('system_type', scalar(facts.systemType))
  root.set('system_version', scalar(facts.systemVersion))
  txn.commit()
  return db
}
