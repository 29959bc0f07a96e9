// -L and -S.
import { ruleText } from '../../kernel/netfilter/rule-text.js'
import type { ChainDraft, TableEdit } from '../../kernel/netfilter/table.js'
import { IptcError } from './iptc-error.js'
import type { ListFormat } from './list-text.js'
import { chainHead, columnHead, ruleLine } from './list-text.js'
import type { CommandLine } from './parse.js'
import type { XtRun } from './xtables.js'

export function listChains(line: CommandLine, edit: TableEdit, run: XtRun): void {
  const format: ListFormat = {
    numeric: line.options.has('n'),
    counters: line.verbose > 0,
    exact: line.options.has('x'),
    lineNumbers: line.options.has('0'),
    packed: false,
  }
  const chains = selected(line, edit)
  chains.forEach((chain, i) => {
    if (line.ruleNumber === null) {
      if (i > 0) run.print('\n')
      const { packets, bytes } = chain.origin ?? { packets: 0, bytes: 0 }
      run.print(chainHead({ name: chain.name, policy: chain.policy, packets, bytes, references: edit.references(chain.name) }, format))
      run.print(columnHead(format))
    }
    chain.rules.forEach((rule, at) => {
      if (line.ruleNumber === null || line.ruleNumber === at + 1) run.print(ruleLine(rule, at + 1, format, run))
    })
  })
}

export function listRules(line: CommandLine, edit: TableEdit, run: XtRun): void {
  const chains = selected(line, edit)
  const withCounters = line.verbose > 0
  const number = line.ruleNumber
  if (number === null) for (const chain of chains) run.print(chainLine(chain, withCounters))
  const context = run.printContext(true)
  for (const chain of chains) {
    chain.rules.forEach((rule, at) => {
      if (number === null || number === at + 1) run.print(`-A ${chain.name}${ruleText(rule, context, withCounters)}\n`)
    })
  }
}

function chainLine(chain: ChainDraft, withCounters: boolean): string {
  if (chain.policy === null) return `-N ${chain.name}\n`
  const { packets, bytes } = chain.origin!
  return `-P ${chain.name} ${chain.policy}${withCounters ? ` -c ${packets} ${bytes}` : ''}\n`
}

function selected(line: CommandLine, edit: TableEdit): ChainDraft[] {
  if (line.chain === null) return edit.list()
  const chain = edit.chains.get(line.chain)
  if (chain === undefined) throw new IptcError('other', 'ENOENT')
  return [chain]
}
