// resubmit and goto_table: other tables.

import { W } from '../flow-key.js'
import { FlowTextError, type TextContext } from '../flow-text-error.js'
import { isCtValid } from '../match-set.js'
import { parseU8 } from '../number-text.js'
import { OfError } from '../of-error.js'
import { OFPP_IN_PORT } from '../port-numbers.js'
import { formatPort, parsePort } from '../port-text.js'
import { atLeast } from '../version.js'
import type { GotoTable, OfAction, Resubmit } from './action.js'
import type { ActionKind, ActionParse, ActionWords } from './kind.js'

/** Null when there is no such table. 255 is any. */
export function parseTable(text: string, ctx: TextContext): number | null {
  // Before tables could be named, their numbers were read like any other.
  if (!atLeast(ctx.version, '2.10')) return parseU8(text, 'table')
  if (text.startsWith('-')) {
    ctx.log('ofp_table', 'WARN', `Negative value ${text} is not a valid table number.`)
    return null
  }
  if (!/^\d+$/.test(text)) return null
  const table = Number(text)
  if (table <= 255) return table
  ctx.log('ofp_table', 'WARN', `table ${table} is outside the supported range 0 through 255`)
  return null
}

function parseResubmit(argument: string, { text }: ActionParse): OfAction {
  const [inPort = '', tableText = '', ct = ''] = argument.split(',')
  const port = inPort === '' ? OFPP_IN_PORT : parsePort(inPort, text)
  if (port === null) throw new FlowTextError(`${inPort}: resubmit to unknown port`)
  const table = tableText === '' ? 255 : parseTable(tableText, text)
  if (table === null) throw new FlowTextError(`${tableText}: resubmit to unknown table`)
  if (ct !== '' && ct !== 'ct') throw new FlowTextError(`${ct}: unknown parameter`)
  if (port === OFPP_IN_PORT && table === 255) {
    throw new FlowTextError('at least one "in_port" or "table" must be specified on resubmit')
  }
  return {
    type: 'resubmit',
    port: port === OFPP_IN_PORT ? null : port,
    table: table === 255 ? null : table,
    withCt: ct === 'ct',
  }
}

function parseGoto(argument: string, { text }: ActionParse): OfAction {
  const table = parseTable(argument, text)
  if (table === null) throw new FlowTextError(`unknown table "${argument}"`)
  return { type: 'goto_table', table }
}

export const tableWords: ActionWords = { resubmit: parseResubmit, goto_table: parseGoto }

export const resubmit: ActionKind<Resubmit> = {
  format(a, text) {
    if (a.port !== null && a.table === null) return `resubmit:${formatPort(a.port, text)}`
    return `resubmit(${a.port === null ? '' : formatPort(a.port, text)},${a.table ?? ''}${a.withCt ? ',ct' : ''})`
  },
  check(a, check) {
    if (a.withCt && !isCtValid(check.key[W.CT_STATE]!, check.mask[W.CT_STATE]!)) throw new OfError('OFPBAC_MATCH_INCONSISTENT')
    return a
  },
  translate: (a, x) => x.resubmit(a.port, a.table, a.withCt),
}

export const gotoTable: ActionKind<GotoTable> = {
  format: (a) => `goto_table:${a.table}`,
  check(a, check) {
    if (check.table !== null && a.table <= check.table) throw new OfError('OFPBIC_BAD_TABLE_ID')
    return a
  },
  // OpenFlow 1.0 has no instructions.
  wire: (a, wire) => (wire.openflow === '1.0' ? [{ type: 'resubmit', port: null, table: a.table, withCt: false }] : [a]),
  translate: (a, x) => x.gotoTable(a.table),
}
