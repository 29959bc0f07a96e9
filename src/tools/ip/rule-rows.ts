// Policy rules as `ip -j rule` knows them, and their text.
import { formatIpv4, type Ipv4Prefix } from '../../addr/ipv4.js'
import type { Rule } from '../../kernel/rule.js'
import type { Row } from './json.js'
import { groupName, ipProtocolName, protocolName, tableName } from './names.js'
import { typeName } from './route-rows.js'
import type { IpRun } from './run.js'

export interface RuleRow extends Row {
  readonly priority: number
  readonly not: null | undefined
  readonly src: string
  readonly srclen: number | undefined
  readonly dst: string | undefined
  readonly dstlen: number | undefined
  readonly tos: string | undefined
  readonly fwmark: string | undefined
  readonly fwmask: string | undefined
  readonly iif: string | undefined
  readonly iif_detached: null | undefined
  readonly oif: string | undefined
  readonly oif_detached: null | undefined
  readonly uid_start: number | undefined
  readonly uid_end: number | undefined
  readonly ipproto: string | undefined
  readonly table: string | undefined
  readonly suppress_prefixlen: number | undefined
  readonly suppress_ifgroup: string | undefined
  readonly protocol: string | undefined
}

function prefixKeys(name: 'src' | 'dst', prefix: Ipv4Prefix | null): Row {
  if (prefix === null) return name === 'src' ? { src: 'all' } : {}
  return { [name]: formatIpv4(prefix.address), [`${name}len`]: prefix.length === 32 ? undefined : prefix.length }
}

function portKeys(name: 'sport' | 'dport', range: readonly [number, number] | null): Row {
  if (range === null) return {}
  return range[0] === range[1] ? { [name]: range[0] } : { [`${name}_start`]: range[0], [`${name}_end`]: range[1] }
}

function actionKeys(rule: Rule, run: IpRun): Row {
  switch (rule.action) {
    case 'lookup':
      return {
        table: tableName(rule.table, run.host.tableNames, run.options.numeric),
        suppress_prefixlen: rule.suppressPrefixLength < 0 ? undefined : rule.suppressPrefixLength,
        suppress_ifgroup: rule.suppressIfGroup < 0 ? undefined : groupName(rule.suppressIfGroup),
      }
    case 'goto':
      return { goto: rule.gotoTarget, unresolved: run.netns.rules.isUnresolved(rule) ? null : undefined }
    case 'nop':
      return { nop: null }
    case 'blackhole':
    case 'unreachable':
    case 'prohibit':
      return { action: typeName(rule.action, run.options.numeric) }
  }
}

export function readRule(rule: Rule, run: IpRun): RuleRow {
  const { rules } = run.netns
  return {
    priority: rule.preference,
    not: rule.invert ? null : undefined,
    ...prefixKeys('src', rule.src),
    ...prefixKeys('dst', rule.dst),
    tos: rule.tos === 0 ? undefined : `0x${rule.tos.toString(16).padStart(2, '0')}`,
    fwmark: rule.fwmark === 0 && rule.fwmask === 0 ? undefined : `0x${rule.fwmark.toString(16)}`,
    fwmask: (rule.fwmark === 0 && rule.fwmask === 0) || rule.fwmask === 0xffffffff ? undefined : `0x${rule.fwmask.toString(16)}`,
    iif: rule.iif ?? undefined,
    iif_detached: rule.iif !== null && rules.isDetached(rule, 'iif') ? null : undefined,
    oif: rule.oif ?? undefined,
    oif_detached: rule.oif !== null && rules.isDetached(rule, 'oif') ? null : undefined,
    uid_start: rule.uidRange?.[0],
    uid_end: rule.uidRange?.[1],
    ipproto: rule.ipProto === 0 ? undefined : run.options.numeric ? `ipproto-${rule.ipProto}` : ipProtocolName(rule.ipProto),
    ...portKeys('sport', rule.sport),
    ...portKeys('dport', rule.dport),
    ...actionKeys(rule, run),
    protocol: run.options.details ? protocolName(rule.protocol) : undefined,
  } as unknown as RuleRow
}

function portText(row: RuleRow, name: 'sport' | 'dport'): string {
  if (row[name] !== undefined) return ` ${name} ${row[name]}`
  return row[`${name}_start`] === undefined ? '' : ` ${name} ${row[`${name}_start`]}-${row[`${name}_end`]}`
}

function actionText(row: RuleRow): string {
  if (row['goto'] !== undefined) return ` goto ${row['goto']}${row['unresolved'] === null ? ' [unresolved]' : ''}`
  if (row['nop'] === null) return ' nop'
  if (row['action'] !== undefined) return ` ${row['action']}`
  let text = ` lookup ${row.table}`
  if (row.suppress_prefixlen !== undefined) text += ` suppress_prefixlength ${row.suppress_prefixlen}`
  if (row.suppress_ifgroup !== undefined) text += ` suppress_ifgroup ${row.suppress_ifgroup}`
  return text
}

export function ruleText(row: RuleRow, run: IpRun): string {
  const { paint } = run
  let text = `${row.priority}:\t${row.not === null ? 'not ' : ''}from `
  text += row.src === 'all' ? 'all' : `${paint('inet', row.src)}${row.srclen === undefined ? '' : `/${row.srclen}`}`
  if (row.dst !== undefined) text += ` to ${paint('inet', row.dst)}${row.dstlen === undefined ? '' : `/${row.dstlen}`}`
  if (row.tos !== undefined) text += ` tos ${row.tos}`
  if (row.fwmark !== undefined) text += ` fwmark ${row.fwmark}${row.fwmask === undefined ? '' : `/${row.fwmask}`}`
  if (row.iif !== undefined) text += ` iif ${paint('ifname', row.iif)}${row.iif_detached === null ? ' [detached]' : ''}`
  if (row.oif !== undefined) text += ` oif ${paint('ifname', row.oif)}${row.oif_detached === null ? ' [detached]' : ''}`
  if (row.uid_start !== undefined) text += ` uidrange ${row.uid_start}-${row.uid_end}`
  if (row.ipproto !== undefined) text += ` ipproto ${row.ipproto}`
  text += portText(row, 'sport') + portText(row, 'dport') + actionText(row)
  if (row.protocol !== undefined && run.atLeast('4.17')) text += ` proto ${row.protocol}`
  // iproute2 before 4.16 ended the line with a space.
  return `${text}${run.atLeast('4.16') ? '' : ' '}\n`
}
