// Carries out a parsed command on a table edit.

import { isUnbuilt } from '../../kernel/netfilter/extensions.js'
import type { Rule, RuleTarget, StandardVerdict } from '../../kernel/netfilter/rule.js'
import { ruleText } from '../../kernel/netfilter/rule-text.js'
import type { ChainDraft, TableEdit } from '../../kernel/netfilter/table.js'
import { badParameter } from '../../kernel/netfilter/xtables-error.js'
import { IptcError } from './iptc-error.js'
import { listChains, listRules } from './list.js'
import { ruleLine } from './list-text.js'
import type { CommandLine } from './parse.js'
import { NotBuilt } from './rule-options.js'
import type { XtRun } from './xtables.js'

const STANDARD: readonly string[] = ['ACCEPT', 'DROP', 'RETURN', 'QUEUE']
const ECHO = { numeric: true, counters: false, exact: false, lineNumbers: false, packed: true }

/** Checks that need the whole line; true when the table was changed and is to be committed. */
export function execute(line: CommandLine, edit: TableEdit, run: XtRun): boolean {
  switch (line.command!) {
    case 'A':
    case 'C':
    case 'D':
    case 'I':
    case 'R':
      return ruleCommand(line, edit, run)
    case 'L':
      listChains(line, edit, run)
      if (hasZero(line)) zero(line, edit, run)
      return hasZero(line)
    case 'S':
      listRules(line, edit, run)
      return false
    case 'F':
      forChains(line, edit, (chain) => {
        if (line.verbose > 0) run.print(`Flushing chain \`${chain.name}'\n`)
        chain.writable().length = 0
      })
      return true
    case 'Z':
      zero(line, edit, run)
      return true
    case 'N':
      return newChain(line.chain!, edit)
    case 'X':
      return deleteChains(line, edit, run)
    case 'E':
      return renameChain(line, edit)
    case 'P':
      return setPolicy(line.chain!, line.policy!, edit)
  }
}

function hasZero(line: CommandLine): boolean {
  return line.options.has('Z')
}

function chainOf(edit: TableEdit, name: string, call: 'other' | 'delete' = 'other'): ChainDraft {
  const chain = edit.chains.get(name)
  if (chain === undefined) throw new IptcError(call, 'ENOENT')
  return chain
}

function ruleCommand(line: CommandLine, edit: TableEdit, run: XtRun): boolean {
  const { command, rule } = line
  const name = line.chain!
  if (command !== 'D' || line.ruleNumber === null) {
    const target = resolveTarget(line, edit, run)
    // libiptc looks the target up among the chains, and forgets by that which call it was in.
    const call = target.kind === 'standard' || target.kind === 'none' ? 'delete' : 'other'
    if (command === 'C') return checkRule(line, edit, run, rule.rules(target), call)
    const rules = rule.rules(target)
    if (line.verbose > 0) for (const each of rules) run.print(ruleLine(each, 0, ECHO, run))
    const chain = chainOf(edit, name, command === 'D' ? 'delete' : 'other')
    checkJump(target, edit)
    return command === 'D' ? deleteRules(chain, run, rules, call) : insertRules(chain, rules, line)
  }
  const chain = chainOf(edit, name)
  if (line.ruleNumber > chain.rules.length) throw new IptcError('delete-number', 'E2BIG')
  chain.writable().splice(line.ruleNumber - 1, 1)
  return true
}

function insertRules(chain: ChainDraft, rules: readonly Rule[], line: CommandLine): boolean {
  const at = (line.ruleNumber ?? 1) - 1
  switch (line.command) {
    case 'A':
      for (const rule of rules) chain.writable().push(rule)
      return true
    case 'I':
      for (const rule of rules) {
        if (at > chain.rules.length) throw new IptcError('insert', 'E2BIG')
        chain.writable().splice(at, 0, rule)
      }
      return true
    default:
      if (at >= chain.rules.length) throw new IptcError('replace', 'E2BIG')
      chain.writable()[at] = rules[0]!
      return true
  }
}

function deleteRules(chain: ChainDraft, run: XtRun, rules: readonly Rule[], call: 'delete' | 'other'): boolean {
  const context = run.printContext(true)
  for (const rule of rules) {
    const text = ruleText(rule, context)
    const at = chain.rules.findIndex((each) => isSame(each, rule) && ruleText(each, context) === text)
    if (at < 0) throw new IptcError(call, 'ENOENT')
    chain.writable().splice(at, 1)
  }
  return true
}

function checkRule(line: CommandLine, edit: TableEdit, run: XtRun, rules: readonly Rule[], call: 'delete' | 'other'): boolean {
  const chain = chainOf(edit, line.chain!, 'delete')
  const context = run.printContext(true)
  for (const rule of rules) {
    if (line.verbose > 0) run.print(ruleLine(rule, 0, ECHO, run))
    const text = ruleText(rule, context)
    if (!chain.rules.some((each) => isSame(each, rule) && ruleText(each, context) === text)) throw new IptcError(call, 'ENOENT')
  }
  return false
}

/** Cheap parts first: most rules of a long chain differ in these. */
function isSame(a: Rule, b: Rule): boolean {
  const x = a.header
  const y = b.header
  return (
    x.src === y.src &&
    x.dst === y.dst &&
    x.inDev === y.inDev &&
    x.outDev === y.outDev &&
    x.invIn === y.invIn &&
    x.invOut === y.invOut &&
    x.protocol === y.protocol &&
    a.matches.length === b.matches.length
  )
}

function resolveTarget(line: CommandLine, edit: TableEdit, run: XtRun): RuleTarget {
  const { rule } = line
  const { jump, isGoto } = rule
  const isChain = edit.chains.has(jump)
  if (rule.target !== null && isChain) run.complain(`Warning: using chain ${jump}, not extension\n`)
  if (jump === '') return { kind: 'none' }
  if (isChain) return { kind: 'chain', chain: jump, goto: isGoto }
  if (isGoto) throw badParameter(`goto '${jump}' is not a chain`)
  if (STANDARD.includes(jump)) return { kind: 'standard', verdict: jump as StandardVerdict }
  if (rule.target !== null) return { kind: 'extension', spec: rule.target.spec, params: rule.target.params }
  if (isUnbuilt('target', jump)) throw new NotBuilt(`-j ${jump}`)
  throw badParameter(`Couldn't load target \`${jump}':No such file or directory\n`)
}

/** Nobody jumps to a built-in chain. */
function checkJump(target: RuleTarget, edit: TableEdit): void {
  if (target.kind === 'chain' && edit.chains.get(target.chain)?.policy !== null) throw new IptcError('other', 'EINVAL')
}

function forChains(line: CommandLine, edit: TableEdit, act: (chain: ChainDraft) => void): void {
  if (line.chain !== null) act(chainOf(edit, line.chain))
  else for (const chain of edit.list()) act(chain)
}

function zero(line: CommandLine, edit: TableEdit, run: XtRun): void {
  if (line.ruleNumber !== null && line.command === 'Z') {
    const rule = chainOf(edit, line.chain!).rules[line.ruleNumber - 1]
    if (rule === undefined) throw new IptcError('zero-counter', 'E2BIG')
    return edit.setCounters(rule, 0, 0)
  }
  forChains(line, edit, (chain) => {
    if (line.verbose > 0 && line.command === 'Z') run.print(`Zeroing chain \`${chain.name}'\n`)
    // Counters given in the same run (iptables-restore -c) stay as given.
    const old = new Set(chain.origin?.rules ?? [])
    for (const rule of chain.rules) if (old.has(rule)) edit.setCounters(rule, 0, 0)
    if (chain.policy !== null) chain.counters ??= { packets: 0, bytes: 0 }
  })
}

export function newChain(name: string, edit: TableEdit): boolean {
  if (edit.chains.has(name) || STANDARD.includes(name)) throw new IptcError('create-chain', 'EEXIST')
  edit.addChain(name)
  return true
}

function deleteChains(line: CommandLine, edit: TableEdit, run: XtRun): boolean {
  const chains = line.chain !== null ? [chainOf(edit, line.chain)] : edit.list().filter((chain) => chain.policy === null)
  for (const chain of chains) {
    if (line.verbose > 0) run.print(`Deleting chain \`${chain.name}'\n`)
    if (chain.policy !== null) throw new IptcError('other', 'EINVAL')
    if (edit.references(chain.name) > 0) throw new IptcError('other', 'EMLINK')
    if (chain.rules.length > 0) throw new IptcError('other', 'ENOTEMPTY')
    edit.chains.delete(chain.name)
  }
  return true
}

function renameChain(line: CommandLine, edit: TableEdit): boolean {
  const { chain, newName } = line
  // The tool takes any new name but one in use.
  if (edit.chains.has(newName!) || STANDARD.includes(newName!)) throw new IptcError('other', 'EEXIST')
  const draft = chainOf(edit, chain!)
  if (draft.policy !== null) throw new IptcError('other', 'ENOENT')
  edit.renameChain(chain!, newName!)
  return true
}

export function setPolicy(name: string, policy: string, edit: TableEdit): boolean {
  const chain = edit.chains.get(name)
  if (chain === undefined || chain.policy === null) throw new IptcError('set-policy', 'ENOENT')
  if (policy !== 'ACCEPT' && policy !== 'DROP') throw new IptcError('set-policy', 'EINVAL')
  chain.policy = policy
  chain.counters = { packets: 0, bytes: 0 }
  return true
}
