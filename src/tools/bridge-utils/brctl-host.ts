// What brctl needs of the machine, and how it tells a refusal.
import { BridgeDevice } from '../../kernel/dev/bridge.js'
import { type Errno, errnoText, KernelError } from '../../kernel/errno.js'
import type { NetNamespace } from '../../kernel/netns.js'

/** What a run of brctl works on. */
export interface BrctlHost {
  out(text: string): void
  error(line: string): void
  readonly netns: NetNamespace
  readonly isRoot: boolean
  /** bridge-utils: 1.5, 1.6, 1.7. */
  readonly version: string
}

export interface Verb {
  readonly name: string
  /** The least number of arguments. */
  readonly least: number
  readonly usage: string
  readonly run: (host: BrctlHost, args: readonly string[]) => number
}

export function bridgeNamed(host: BrctlHost, name: string): BridgeDevice | null {
  const dev = host.netns.deviceByName(name)
  return dev instanceof BridgeDevice ? dev : null
}

/** Runs a change and says `TEXT: reason` when the kernel (or a missing right) refuses. */
export function attempt(host: BrctlHost, text: (reason: string, errno: Errno) => string, action: () => void): number {
  try {
    if (!host.isRoot) throw new KernelError('EPERM')
    action()
    return 0
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    host.error(text(errnoText(error.errno), error.errno))
    return 1
  }
}

export function noBridge(host: BrctlHost, name: string): number {
  host.error(`bridge ${name} does not exist!`)
  return 1
}

/** The interface is looked up first only when the bridge is there. */
export function noInterface(host: BrctlHost, device: string, bridge: string): number {
  if (host.netns.deviceByName(bridge) === null) return noBridge(host, bridge)
  host.error(`interface ${device} does not exist!`)
  return 1
}
