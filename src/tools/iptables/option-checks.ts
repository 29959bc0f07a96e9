// What may not stand together on one command line.
import { badParameter } from '../../kernel/netfilter/xtables-error.js'
import { illegalOption, MAX_CHAIN_NAME } from './options.js'
import type { CommandLine } from './parse.js'

export function checkOptions(line: CommandLine): void {
  const numbered = line.ruleNumber !== null && (line.command === 'D' || line.command === 'Z') ? `${line.command}num` : line.command!
  const illegal = illegalOption(numbered, line.options)
  if (illegal !== null) throw badParameter(`Illegal option \`-${illegal}' with this command`)
  const { chain } = line
  if (chain !== null && chain.length > MAX_CHAIN_NAME) {
    throw badParameter(`chain name \`${chain}' too long (must be under ${MAX_CHAIN_NAME + 1} chars)`)
  }
  const { rule } = line
  const isMany = rule.sourceCount !== 1 || rule.destinationCount !== 1
  if (line.command === 'R' && isMany) throw badParameter('Replacement rule does not specify a unique address')
  if ('ACDIR'.includes(line.command!) && chain !== null) checkDevices(line, chain)
}

function checkDevices(line: CommandLine, name: string): void {
  if ((name === 'PREROUTING' || name === 'INPUT') && line.options.has('o')) throw badParameter(`Can't use -o with ${name}\n`)
  if ((name === 'POSTROUTING' || name === 'OUTPUT') && line.options.has('i')) throw badParameter(`Can't use -i with ${name}\n`)
}
