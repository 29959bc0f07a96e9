// The commands: iptables, iptables-save, iptables-restore and their ip6 and legacy names.
import { errnoText, KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import type { Process } from '../../node/process.js'
import { completeIptables } from './complete.js'
import { hostOf } from './host.js'
import { runIptables } from './main.js'
import { parseRestoreWords, runRestore } from './restore.js'
import { runSave } from './save.js'
import { XtRun } from './xtables.js'

type Tool = 'tables' | 'save' | 'restore'

function toolCommand(name: string, tool: Tool, family: 4 | 6): Command {
  const program = name.replace('-legacy', '')
  return {
    name,
    path: `/sbin/${name}`,
    changes: tool !== 'save',
    run: (proc) => runTool(proc, new XtRun(hostOf(proc), program, proc.name, family), tool),
    complete: tool === 'tables' ? completeIptables : () => [],
  }
}

async function runTool(proc: Process, run: XtRun, tool: Tool): Promise<number> {
  const words = proc.argv.slice(1)
  const code = proc.isRoot || isHarmless(words) ? await answer(proc, run, tool, words) : notRoot(run)
  if (run.stdout !== '') proc.out(run.stdout)
  if (run.stderr !== '') proc.error(run.stderr.replace(/\n$/, ''))
  return code
}

async function answer(proc: Process, run: XtRun, tool: Tool, words: string[]): Promise<number> {
  switch (tool) {
    case 'tables':
      return runIptables(run, words)
    case 'save':
      return runSave(run, words)
    case 'restore': {
      const options = parseRestoreWords(run, words)
      if (typeof options === 'number') return options
      if (options.file === null) return runRestore(run, options, await proc.stdin.readAll())
      try {
        return runRestore(run, options, proc.files.read(options.file))
      } catch (error) {
        if (!(error instanceof KernelError)) throw error
        run.complain(`Can't open ${options.file}: ${errnoText(error.errno)}\n`)
        return 1
      }
    }
  }
}

function isHarmless(words: readonly string[]): boolean {
  return words.some((word) => word === '-V' || word === '--version' || word === '-h' || word === '--help')
}

function notRoot(run: XtRun): number {
  if (run.atLeast('1.8.0')) {
    run.complain("Fatal: can't open lock file /run/xtables.lock: Permission denied\n")
    return 4
  }
  run.complain(`${run.label}: can't initialize ${run.program} table \`filter': Permission denied (you must be root)\n`)
  run.complain(`Perhaps ${run.program} or your kernel needs to be upgraded.\n`)
  return 3
}

export const iptablesCommands: readonly Command[] = [
  toolCommand('iptables', 'tables', 4),
  toolCommand('iptables-legacy', 'tables', 4),
  toolCommand('iptables-save', 'save', 4),
  toolCommand('iptables-legacy-save', 'save', 4),
  toolCommand('iptables-restore', 'restore', 4),
  toolCommand('iptables-legacy-restore', 'restore', 4),
  toolCommand('ip6tables', 'tables', 6),
  toolCommand('ip6tables-save', 'save', 6),
  toolCommand('ip6tables-restore', 'restore', 6),
]
