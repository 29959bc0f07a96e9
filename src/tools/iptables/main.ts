// `iptables`: one command line from words to exit code.
import { KernelError } from '../../kernel/errno.js'
import { findMatch } from '../../kernel/netfilter/extensions.js'
import { protocolName } from '../../kernel/netfilter/protocols.js'
import { TableEdit } from '../../kernel/netfilter/table.js'
import { isTableName } from '../../kernel/netfilter/tables.js'
import { VERSION_PROBLEM, XtablesError } from '../../kernel/netfilter/xtables-error.js'
import { execute } from './execute.js'
import { helpText } from './help.js'
import { IptcError, iptcText } from './iptc-error.js'
import { BadArgument, CommandLine } from './parse.js'
import { NotBuilt } from './rule-options.js'
import type { XtRun } from './xtables.js'

/** Words without argv[0]; answers the exit code, text is in `run`. */
export function runIptables(run: XtRun, words: readonly string[]): number {
  try {
    return runLine(run, words)
  } catch (error) {
    return failure(run, error)
  }
}

function runLine(run: XtRun, words: readonly string[]): number {
  const line = new CommandLine(run, words)
  line.parse()
  if (line.wantsVersion) {
    run.print(`${run.label}\n`)
    return 0
  }
  if (line.wantsHelp) {
    loadForHelp(line)
    run.print(helpText(run, line.rule))
    return 0
  }
  line.finish()
  if (!isTableName(line.table)) {
    throw new XtablesError(VERSION_PROBLEM, `can't initialize ${run.program} table \`${line.table}': ${iptcText('init', 'ENOENT')}`)
  }
  const edit = new TableEdit(run.tables.get(line.table), run.atLeast('1.8.0'))
  if (execute(line, edit, run)) edit.commit()
  return 0
}

/** `iptables -p icmp -h` shows icmp's options too. */
function loadForHelp(line: CommandLine): void {
  const { rule } = line
  if (rule.matches.length > 0 || rule.header.protocol === 0) return
  const match = findMatch(protocolName(rule.header.protocol) ?? '')
  if (match !== null) line.addMatch(match)
}

/** Exit code for what went wrong, with the tool's own words on stderr. */
export function failure(run: XtRun, error: unknown, lineNumber: number | null = null): number {
  const where = lineNumber === null ? '' : `Error occurred at line: ${lineNumber}\n`
  const tryHelp = `${where}Try \`${run.program} -h' or '${run.program} --help' for more information.\n`
  if (error instanceof BadArgument) {
    run.complain(tryHelp)
    return 2
  }
  if (error instanceof NotBuilt) {
    run.complain(`${run.program}: ${error.message}: not emulated by netlab (see '${run.program} -h' for what is)\n`)
    return 126
  }
  if (error instanceof XtablesError) {
    run.complain(`${run.label}: ${error.message}\n`)
    if (error.status === 2) run.complain(tryHelp)
    if (error.status === VERSION_PROBLEM) run.complain(`Perhaps ${run.program} or your kernel needs to be upgraded.\n`)
    return error.status
  }
  if (!(error instanceof IptcError) && !(error instanceof KernelError)) throw error
  const text = error instanceof IptcError ? error.message : iptcText('other', error.errno)
  run.complain(`${run.program}: ${text}.${error.errno === 'EINVAL' ? " Run `dmesg' for more information." : ''}\n`)
  return 1
}
