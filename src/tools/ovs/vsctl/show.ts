// `ovs-vsctl show`: the database as a tree.
import { ownOf } from '../../../grammar/own-of.js'
import type { Datum } from '../../../ovs/db/datum.js'
import { datumText, isDefault } from '../../../ovs/db/datum-text.js'
import type { Column } from '../../../ovs/db/schema.js'
import type { DraftRow } from '../../../ovs/db/transaction.js'
import { atLeast } from '../../../ovs/version.js'
import type { VsctlCall } from './command.js'
import { rowsOf } from './lookup.js'
import type { VsctlSession } from './session.js'

interface Shown {
  /** The column that names a row; null: its uuid does. */
  readonly name: string | null
  /** Columns in the order shown, with the version that began to show them. */
  readonly columns: readonly (readonly [name: string, since: string])[]
}

const SHOWN: Readonly<Record<string, Shown>> = {
  Open_vSwitch: {
    name: null,
    columns: [
      ['manager_options', '0'],
      ['bridges', '0'],
      ['ovs_version', '0'],
    ],
  },
  Bridge: {
    name: 'name',
    columns: [
      ['controller', '0'],
      ['fail_mode', '0'],
      ['datapath_type', '2.12'],
      ['ports', '0'],
    ],
  },
  Port: {
    name: 'name',
    columns: [
      ['tag', '0'],
      ['trunks', '0'],
      ['interfaces', '0'],
    ],
  },
  Interface: {
    name: 'name',
    columns: [
      ['type', '0'],
      ['options', '0'],
      ['error', '2.5'],
      ['bfd_status', '2.10'],
    ],
  },
  Controller: { name: 'target', columns: [['is_connected', '0']] },
  Manager: { name: 'target', columns: [['is_connected', '0']] },
}

export function show({ session, output }: VsctlCall): void {
  for (const row of rowsOf(session, session.root.schema)) showRow(session, row, 0, output)
}

function showRow(session: VsctlSession, row: DraftRow, level: number, output: { text: string }): void {
  const shown = ownOf(SHOWN, row.schema.name)!
  const { version } = session.parsing
  const pad = ' '.repeat(level * 4)
  const name = shown.name === null ? row.uuid : `${row.schema.name} ${textOf(row, shown.name, version)}`
  output.text += `${pad}${name}\n`
  for (const [key, since] of shown.columns) {
    const column = row.schema.columns.get(key)
    if (column === undefined || !atLeast(version, since)) continue
    if (column.type.key.refTable !== null) {
      for (const referred of session.txn.refs(row, key)) showRow(session, referred, level + 1, output)
    } else showColumn(row.get(key), column, `${pad}    `, version, output)
  }
}

function showColumn(datum: Datum, column: Column, pad: string, version: string, output: { text: string }): void {
  if (!isDefault(datum, column.type)) output.text += `${pad}${column.name}: ${datumText(datum, column.type, version)}\n`
}

function textOf(row: DraftRow, column: string, version: string): string {
  return datumText(row.get(column), row.schema.columns.get(column)!.type, version)
}
