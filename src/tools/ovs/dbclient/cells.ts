// Columns of a row as cells of a table, `_uuid` and `_version` among them.
import { scalar } from '../../../ovs/db/datum.js'
import type { Cell } from '../../../ovs/db/print-table.js'
import type { Row } from '../../../ovs/db/rows.js'
import { parseColumnType, type TableSchema } from '../../../ovs/db/schema.js'

const UUID_TYPE = parseColumnType('uuid')

export function columnNames(table: TableSchema): string[] {
  return ['_version', '_uuid', ...table.columns.keys()]
}

export function cellOfRow(row: Row, column: string): Cell {
  if (column === '_uuid') return { datum: scalar(row.uuid), type: UUID_TYPE }
  if (column === '_version') return { datum: scalar(row.version), type: UUID_TYPE }
  return { datum: row.get(column), type: row.table.schema.columns.get(column)!.type }
}
