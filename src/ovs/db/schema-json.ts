// The schema as RFC 7047 writes it.
import type { Json } from './datum-text.js'
import type { BaseType, Column, ColumnType, Schema, TableSchema } from './schema.js'

function baseJson(base: BaseType): Json {
  const parts: Record<string, Json> = {}
  if (base.choices !== null) parts['enum'] = base.choices.length === 1 ? base.choices[0]! : ['set', [...base.choices].sort()]
  if (base.max !== null) parts['maxInteger'] = base.max
  if (base.min !== null) parts['minInteger'] = base.min
  if (base.refTable !== null) parts['refTable'] = base.refTable
  if (base.isWeak) parts['refType'] = 'weak'
  if (Object.keys(parts).length === 0) return base.type
  return { ...parts, type: base.type }
}

export function columnTypeJson({ key, value, min, max }: ColumnType): Json {
  const isPlain = value === null && min === 1 && max === 1
  const base = baseJson(key)
  if (isPlain && typeof base === 'string') return base
  return {
    key: base,
    ...(max === 1 ? {} : { max: max === Number.POSITIVE_INFINITY ? 'unlimited' : max }),
    ...(min === 1 ? {} : { min }),
    ...(value === null ? {} : { value: baseJson(value) }),
  }
}

function columnJson(column: Column): Json {
  return {
    ...(column.isEphemeral ? { ephemeral: true } : {}),
    ...(column.isMutable ? {} : { mutable: false }),
    type: columnTypeJson(column.type),
  }
}

function tableJson(table: TableSchema): Json {
  return {
    columns: Object.fromEntries([...table.columns.values()].map((column) => [column.name, columnJson(column)])),
    ...(table.indexes.length === 0 ? {} : { indexes: table.indexes.map((index) => [...index]) }),
    ...(table.isRoot ? { isRoot: true } : {}),
    ...(table.maxRows === null ? {} : { maxRows: table.maxRows }),
  }
}

export function schemaJson(schema: Schema): Json {
  return {
    name: schema.name,
    tables: Object.fromEntries([...schema.tables.values()].map((table) => [table.name, tableJson(table)])),
    version: schema.version,
  }
}
