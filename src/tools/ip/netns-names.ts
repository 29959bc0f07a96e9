// Network namespaces by name or process id, as `netns NAME|PID` arguments take them.
import { wrongArgument } from '../../grammar/keyword.js'
import { KernelError } from '../../kernel/errno.js'
import type { NetNamespace } from '../../kernel/netns.js'
import type { IpRun } from './run.js'

/** Where names live: older tools say /var/run. */
export function netnsDirectory(run: IpRun): string {
  return run.atLeast('6.0') ? '/run/netns' : '/var/run/netns'
}

/** A name, or a process id that the kernel will look up. */
export type NetnsReference = NetNamespace | number

export function parseNetns(word: string, run: IpRun): NetnsReference {
  const named = run.host.netnsNames.get(word.replace(/^(\/var)?\/run\/netns\//, ''))
  if (named !== undefined) return named
  if (!/^\d+$/.test(word)) throw wrongArgument(word, 'Invalid "netns" value\n')
  return Number(word)
}

export function findNetns(reference: NetnsReference, run: IpRun): NetNamespace {
  if (typeof reference !== 'number') return reference
  const netns = run.host.netnsOfPid(reference)
  if (netns === null) throw new KernelError('ESRCH')
  return netns
}
