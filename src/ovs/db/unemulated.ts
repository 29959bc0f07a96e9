// What the database can ask of Open vSwitch that netlab's switch does not do. Nobody is to believe that it does: who asks is told.
import type { DraftRow, Transaction } from './transaction.js'

type Asks = (row: DraftRow) => boolean

const isTrue =
  (column: string): Asks =>
  (row) =>
    row.isTrue(column)
const isSet =
  (column: string): Asks =>
  (row) =>
    row.get(column).keys.length > 0
const isPositive =
  (column: string): Asks =>
  (row) =>
    (row.number(column) ?? 0) > 0
const enables =
  (column: string): Asks =>
  (row) => {
    const { keys, values } = row.get(column)
    return values[keys.indexOf('enable')] === 'true'
  }

const WISHES: Readonly<Record<string, readonly (readonly [column: string, asks: Asks])[]>> = {
  Bridge: [
    ['stp_enable', isTrue('stp_enable')],
    ['rstp_enable', isTrue('rstp_enable')],
    ['mcast_snooping_enable', isTrue('mcast_snooping_enable')],
    ['netflow', isSet('netflow')],
    ['sflow', isSet('sflow')],
    ['ipfix', isSet('ipfix')],
    ['auto_attach', isSet('auto_attach')],
  ],
  Port: [
    ['lacp', (row) => row.text('lacp') === 'active' || row.text('lacp') === 'passive'],
    ['qos', isSet('qos')],
    ['protected', isTrue('protected')],
    ['cvlans', isSet('cvlans')],
    ['bond_fake_iface', isTrue('bond_fake_iface')],
  ],
  Flow_Table: [
    ['flow_limit', isSet('flow_limit')],
    ['groups', isSet('groups')],
  ],
  Interface: [
    ['ingress_policing_rate', isPositive('ingress_policing_rate')],
    ['ingress_policing_kpkts_rate', isPositive('ingress_policing_kpkts_rate')],
    ['bfd', enables('bfd')],
    ['cfm_mpid', isSet('cfm_mpid')],
    ['lldp', enables('lldp')],
  ],
}

/** `Port bond0: lacp`: what this transaction newly asks for. */
export function newlyUnemulated(txn: Transaction): string[] {
  const found: string[] = []
  for (const [table, wishes] of Object.entries(WISHES)) {
    for (const draft of txn.drafts.get(table)?.values() ?? []) {
      if (draft.isDeleted) continue
      for (const [column, asks] of wishes) {
        if (draft.schema.columns.has(column) && draft.changes.has(column) && asks(draft))
          found.push(`${table} ${draft.text('name')}: ${column}`)
      }
    }
  }
  return found
}
