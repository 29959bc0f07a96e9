// What -h prints: usage of the tool, then the options of the extensions named before it.
import type { ExtensionSpec, OptionSpec } from '../../kernel/netfilter/extension.js'
import { allMatches, allTargets } from '../../kernel/netfilter/extensions.js'
import type { RuleDraft } from './rule-draft.js'
import type { XtRun } from './xtables.js'

const USAGE = (tool: string): string => `Usage: ${tool} -[ACD] chain rule-specification [options]
       ${tool} -I chain [rulenum] rule-specification [options]
       ${tool} -R chain rulenum rule-specification [options]
       ${tool} -D chain rulenum [options]
       ${tool} -[LS] [chain [rulenum]] [options]
       ${tool} -[FZ] [chain] [options]
       ${tool} -[NX] chain
       ${tool} -E old-chain-name new-chain-name
       ${tool} -P chain target [options]
       ${tool} -h (print this help information)

Commands (short or long):
  --append  -A chain		add a rule at the end of a chain
  --check   -C chain		ask whether such a rule exists
  --delete  -D chain		take out the rule that reads like this
  --delete  -D chain rulenum
				take out the rule of this number (from 1)
  --insert  -I chain [rulenum]
				put a rule in front, or before that number
  --replace -R chain rulenum
				put a rule in another's place
  --list    -L [chain [rulenum]]
				show rules as a table
  --list-rules -S [chain [rulenum]]
				show rules as they are typed
  --flush   -F [chain]		take out all rules of one or all chains
  --zero    -Z [chain [rulenum]]
				set counters to zero
  --new     -N chain		make a chain
  --delete-chain
            -X [chain]		remove an empty chain that nobody jumps to
  --policy  -P chain target
				what happens at the end of a built-in chain
  --rename-chain
            -E old-chain new-chain
				another name for a chain

Options:
    --ipv4	-4		nothing here (ip6tables refuses it)
    --ipv6	-6		refused here
[!] --protocol	-p proto	protocol by name or number
[!] --source	-s address[/mask][...]
				where packets come from
[!] --destination -d address[/mask][...]
				where packets go to
[!] --in-interface -i name[+]	device they came in by (+: any name that begins so)
 --jump	-j target		what to do: a verdict, a chain or an extension
  --goto      -g chain		go to a chain without coming back
  --match	-m match	a further condition
  --numeric	-n		numbers for addresses and ports
[!] --out-interface -o name[+]	device they leave by
  --table	-t table	filter (default), nat, mangle, raw, security
  --verbose	-v		counters and devices too
  --wait	-w [seconds]	wait for the lock (nobody else holds it here)
  --line-numbers		number the rules
  --exact	-x		counters in full
[!] --fragment	-f		second and further fragments only
  --set-counters -c PKTS BYTES	begin with these counters
[!] --version	-V		the version
`

export function helpText(run: XtRun, rule: RuleDraft): string {
  let text = `${run.label}\n\n${USAGE(run.program)}`
  for (const draft of rule.matches) text += extensionHelp(draft.spec, 'match')
  if (rule.target !== null) text += extensionHelp(rule.target.spec, 'target')
  if (rule.matches.length === 0 && rule.target === null) text += emulated()
  return text
}

function extensionHelp(spec: ExtensionSpec<unknown>, kind: 'match' | 'target'): string {
  const lines = spec.options.filter((option) => option.hidden !== true).map(optionLine)
  return `\n${spec.name} ${kind} options: (${spec.help})\n${lines.join('')}`
}

function optionLine(option: OptionSpec<unknown>): string {
  const argument = option.argument === null ? '' : ` ${option.argument.hint}`
  return `${option.invert === true ? '[!]' : '   '} --${option.name}${argument}\n`
}

function emulated(): string {
  const names = (list: readonly { readonly name: string }[]): string => list.map((each) => each.name).join(' ')
  return `\nMatches that netlab emulates: ${names(allMatches)}\nTargets: ACCEPT DROP RETURN ${names(allTargets)}\nEach explains itself: -m NAME -h, -j NAME -h\n`
}
