// `ip rule`: policy routing rules.
import { type Ipv4Prefix, networkOf } from '../../addr/ipv4.js'
import {
  type Keyword,
  type KeywordList,
  type ObjectGrammar,
  parseKeywords,
  UsageError,
  type Words,
  wrongArgument,
} from '../../grammar/keyword.js'
import type { Rule, RuleAction, RuleFields } from '../../kernel/rule.js'
import { parseGroup, parseIpProtocol, parseProtocol, parseTable, parseTos, parseU32 } from './names.js'
import { ipv4Of, needPrefix } from './prefix.js'
import { readRule, ruleText } from './rule-rows.js'
import { type IpRun, isInterfaceName, RunFailed } from './run.js'

/** `fields` is what the kernel gets; absent keys match anything in filters. */
class RuleWords {
  readonly fields: RuleFields = {}
  isTableGiven = false
  constructor(readonly run: IpRun) {}
}

function prefixOf(state: RuleWords, words: Words): Ipv4Prefix | null {
  const prefix = needPrefix(words.next(), state.run.options.family)
  if (prefix.family === 'any') return null
  const found = ipv4Of(prefix)
  if (found === null) throw new UsageError('ip: IPv6 rules: not emulated by netlab', 126)
  return { address: found.address, length: found.length }
}

function ifname(state: RuleWords, key: 'iif' | 'oif', label: string, words: Words): void {
  const name = words.next()
  if (!isInterfaceName(name)) throw wrongArgument(name, `${label} not a valid ifname`)
  state.fields[key] = name
}

function parseRange(word: string, max: number): [number, number] | null {
  const [from, to, surplus] = word.split('-')
  const first = parseU32(from ?? '')
  const last = to === undefined ? first : parseU32(to)
  if (surplus !== undefined || first === null || last === null || first > last || last > max) return null
  return [first, last]
}

function port(state: RuleWords, key: 'sport' | 'dport', words: Words): void {
  const range = parseRange(words.next(), 65535)
  if (range === null) throw wrongArgument(words.current, `invalid ${key} range\n`)
  state.fields[key] = range
}

function takeMark(state: RuleWords, words: Words): void {
  const [mark, mask] = words.next().split('/')
  const value = parseU32(mark ?? '')
  if (value === null) throw wrongArgument(words.current, 'fwmark value is invalid\n')
  state.fields.fwmark = value
  if (mask === undefined) return
  const bits = parseU32(mask)
  if (bits === null) throw wrongArgument(words.current, 'fwmask value is invalid\n')
  state.fields.fwmask = bits
}

function takeTable(state: RuleWords, words: Words): void {
  const table = parseTable(words.next(), state.run.host.tableNames)
  if (table === null) throw wrongArgument(words.current, 'invalid table ID\n')
  state.fields.table = table
  state.isTableGiven = true
}

function notEmulated(name: string): Keyword<RuleWords> {
  return {
    name,
    hidden: true,
    prefix: true,
    value: 'VALUE',
    take: () => {
      throw new UsageError(`ip: rule ${name}: not emulated by netlab`, 126)
    },
  }
}

/** In iproute2's order. */
const KEYWORDS: readonly Keyword<RuleWords>[] = [
  { name: 'not', take: (state) => (state.fields.invert = true) },
  { name: 'from', value: 'PREFIX', completes: 'address', take: (state, words) => (state.fields.src = prefixOf(state, words)) },
  { name: 'to', value: 'PREFIX', completes: 'address', take: (state, words) => (state.fields.dst = prefixOf(state, words)) },
  {
    name: 'preference',
    aliases: ['order', 'priority', 'prio'],
    prefix: true,
    value: 'NUMBER',
    take: (state, words) => {
      const preference = parseU32(words.next())
      if (preference === null) throw wrongArgument(words.current, 'preference value is invalid\n')
      state.fields.preference = preference
    },
  },
  { name: 'priority', hidden: true, prefix: true, value: 'NUMBER', take: (state, words) => KEYWORDS[3]!.take(state, words) },
  {
    name: 'tos',
    aliases: ['dsfield'],
    value: 'TOS',
    take: (state, words) => {
      const tos = parseTos(words.next())
      if (tos === null) throw wrongArgument(words.current, 'TOS value is invalid\n')
      state.fields.tos = tos
    },
  },
  { name: 'fwmark', value: 'MARK[/MASK]', take: takeMark },
  notEmulated('realms'),
  {
    name: 'protocol',
    prefix: true,
    value: 'RTPROTO',
    take: (state, words) => {
      const protocol = parseProtocol(words.next())
      if (protocol === null) throw wrongArgument(words.current, '"protocol" value is invalid\n')
      state.fields.protocol = protocol
    },
  },
  notEmulated('tun_id'),
  { name: 'table', aliases: ['lookup'], prefix: true, value: 'TABLE_ID', completes: 'table', take: takeTable },
  {
    name: 'suppress_prefixlength',
    aliases: ['sup_pl'],
    prefix: true,
    value: 'NUMBER',
    take: (state, words) => {
      const length = parseU32(words.next())
      if (length === null) throw wrongArgument(words.current, 'suppress_prefixlength value is invalid\n')
      state.fields.suppressPrefixLength = length
    },
  },
  {
    name: 'suppress_ifgroup',
    aliases: ['sup_group'],
    prefix: true,
    value: 'GROUP',
    take: (state, words) => {
      const group = parseGroup(words.next())
      if (group === null) throw wrongArgument(words.current, 'Invalid "suppress_ifgroup" value\n')
      state.fields.suppressIfGroup = group
    },
  },
  {
    name: 'iif',
    aliases: ['dev'],
    value: 'DEVICE',
    completes: 'device',
    take: (state, words) => ifname(state, 'iif', '"iif"/"dev"', words),
  },
  { name: 'oif', value: 'DEVICE', completes: 'device', take: (state, words) => ifname(state, 'oif', '"oif"', words) },
  notEmulated('l3mdev'),
  {
    name: 'uidrange',
    value: 'FROM-TO',
    take: (state, words) => {
      const range = /^\d+-\d+$/.test(words.next()) ? parseRange(words.current, 0xffffffff) : null
      if (range === null) throw wrongArgument(words.current, 'invalid UID range\n')
      state.fields.uidRange = range
    },
  },
  { name: 'sport', value: 'PORT[-PORT]', take: (state, words) => port(state, 'sport', words) },
  { name: 'dport', value: 'PORT[-PORT]', take: (state, words) => port(state, 'dport', words) },
  {
    name: 'ipproto',
    value: 'PROTOCOL',
    completes: ['icmp', 'tcp', 'udp'],
    take: (state, words) => {
      const proto = parseIpProtocol(words.next())
      if (proto === null) throw wrongArgument(words.current, 'Invalid "ipproto" value\n')
      state.fields.ipProto = proto
    },
  },
  {
    name: 'goto',
    value: 'NUMBER',
    take: (state, words) => {
      const target = parseU32(words.next())
      if (target === null) throw wrongArgument(words.current, 'invalid target\n')
      state.fields.action = 'goto'
      state.fields.gotoTarget = target
    },
  },
]

const ACTIONS: readonly RuleAction[] = ['nop', 'blackhole', 'unreachable', 'prohibit']

const RULE_KEYWORDS: KeywordList<RuleWords> = {
  keywords: KEYWORDS,
  operand: null,
  operandCompletes: ['blackhole', 'unreachable', 'prohibit', 'nop'],
  rest: (state, words) => {
    if (words.current === 'type') words.next()
    if (words.current === 'help') throw new UsageError('', 255)
    const action = ACTIONS.find((name) => name === words.current)
    if (action !== undefined) state.fields.action = action
    else if (words.current !== 'unicast') throw wrongArgument(words.current, 'Failed to parse rule type')
  },
}

export const ruleObject: ObjectGrammar<IpRun> = {
  name: 'rule',
  verbs: [
    { names: ['list', 'lst', 'show'], list: RULE_KEYWORDS, run: (run, words) => show(run, words) },
    {
      names: ['save', 'restore'],
      list: null,
      run: (_run, _words, typed) => {
        throw new UsageError(`ip: rule ${typed}: not emulated by netlab (use ip rule show and a script)`, 126)
      },
    },
    { names: ['add'], list: RULE_KEYWORDS, run: (run, words) => add(run, words) },
    { names: ['delete'], list: RULE_KEYWORDS, run: (run, words) => remove(run, words) },
    { names: ['flush'], list: RULE_KEYWORDS, run: (run, words) => flush(run, words) },
  ],
}

function add(run: IpRun, words: Words): number {
  if (words.isDone) throw new RunFailed(1, '"ip rule add" requires arguments.')
  const { fields, isTableGiven } = parseKeywords(words, RULE_KEYWORDS, new RuleWords(run))
  if (!isTableGiven && fields.action === undefined) fields.table = 254
  // Table 0 asks the kernel for one that nobody uses.
  if (fields.table === 0) for (fields.table = 1; run.netns.fib.list(fields.table) !== null; ) fields.table++
  fields.protocol ??= 0
  return run.change(() => void run.netns.rules.add(fields))
}

function remove(run: IpRun, words: Words): number {
  if (words.isDone) throw new RunFailed(1, '"ip rule del" requires arguments.')
  const { fields } = parseKeywords(words, RULE_KEYWORDS, new RuleWords(run))
  return run.change(() => void run.netns.rules.delete(fields))
}

function hasPrefix(rule: Ipv4Prefix | null, wanted: Ipv4Prefix | null | undefined): boolean {
  if (wanted === undefined || wanted === null) return true
  if (rule === null) return false
  return networkOf(rule).address === networkOf(wanted).address && rule.length === wanted.length
}

function hasRange(rule: readonly [number, number] | null, wanted: readonly [number, number] | null | undefined): boolean {
  return wanted == null || (rule !== null && rule[0] === wanted[0] && rule[1] === wanted[1])
}

/** What `ip rule list SELECTOR` shows. */
function isSelected(rule: Rule, wanted: RuleFields): boolean {
  if (wanted.preference !== undefined && rule.preference !== wanted.preference) return false
  if (wanted.table !== undefined && rule.table !== wanted.table) return false
  if (wanted.iif != null && rule.iif !== wanted.iif) return false
  if (wanted.oif != null && rule.oif !== wanted.oif) return false
  if (wanted.tos !== undefined && rule.tos !== wanted.tos) return false
  if (wanted.fwmark !== undefined && rule.fwmark !== wanted.fwmark) return false
  if (wanted.ipProto !== undefined && rule.ipProto !== wanted.ipProto) return false
  if (!hasRange(rule.uidRange, wanted.uidRange) || !hasRange(rule.sport, wanted.sport) || !hasRange(rule.dport, wanted.dport)) return false
  return hasPrefix(rule.src, wanted.src) && hasPrefix(rule.dst, wanted.dst)
}

function show(run: IpRun, words: Words): number {
  const { fields } = parseKeywords(words, RULE_KEYWORDS, new RuleWords(run))
  const { family } = run.options
  const rules = family === 'inet6' ? [] : run.netns.rules.list().filter((rule) => isSelected(rule, fields))
  run.show(
    rules.map((rule) => readRule(rule, run)),
    (row) => ruleText(row, run),
  )
  if (family === 'inet6' && !run.options.json) run.out('0:\tfrom all lookup local\n32766:\tfrom all lookup main\n')
  return 0
}

/** All but preference 0, or those that a `protocol` names. */
function flush(run: IpRun, words: Words): number {
  const { fields } = parseKeywords(words, RULE_KEYWORDS, new RuleWords(run))
  return run.change(() => {
    for (const rule of [...run.netns.rules.list()]) {
      if (rule.preference === 0) continue
      if (fields.protocol !== undefined && rule.protocol !== fields.protocol) continue
      run.netns.rules.delete({ preference: rule.preference, action: rule.action, table: rule.table, src: rule.src, dst: rule.dst })
    }
  })
}
