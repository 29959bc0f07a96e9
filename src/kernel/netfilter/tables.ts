// The tables of one namespace: made when first used, each hung on its hooks.
import { Copied } from '../../sim/copied.js'
import { runTable } from './evaluate.js'
import type { Hook, HookFunction, HookState, Verdict } from './hook-state.js'
import { PRIORITY } from './hook-state.js'
import type { Netfilter } from './hooks.js'
import { NatHook } from './nat.js'
import type { TableName } from './table.js'
import { Table } from './table.js'

export const TABLE_HOOKS: Record<TableName, readonly Hook[]> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}

export const TABLE_NAMES: readonly TableName[] = ['raw', 'mangle', 'nat', 'filter', 'security']

export function isTableName(name: string): name is TableName {
  return Object.hasOwn(TABLE_HOOKS, name)
}

class FilterHook extends Copied implements HookFunction {
  readonly priority: number
  constructor(readonly walks: Table) {
    super()
    this.priority = PRIORITY[walks.name === 'nat' ? 'filter' : walks.name]
  }
  get name(): string {
    return this.walks.name
  }
  run(state: HookState): Verdict {
    return runTable(this.walks, state)
  }
}

export class Tables extends Copied {
  /** In the order of their first use: the order of /proc/net/ip_tables_names is its reverse. */
  private readonly made = new Map<TableName, Table>()

  constructor(
    private readonly netfilter: Netfilter,
    private readonly isHooked = true,
  ) {
    super()
  }

  get names(): readonly TableName[] {
    return [...this.made.keys()]
  }

  /** null until somebody has used the table. */
  peek(name: TableName): Table | null {
    return this.made.get(name) ?? null
  }

  get(name: TableName): Table {
    const known = this.made.get(name)
    if (known !== undefined) return known
    const table = new Table(this.netfilter, name, TABLE_HOOKS[name])
    this.made.set(name, table)
    if (!this.isHooked) return table
    for (const hook of table.hooks) {
      this.netfilter.register(hook, name === 'nat' ? new NatHook(table, hook) : new FilterHook(table))
    }
    return table
  }
}
