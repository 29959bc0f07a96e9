// What a command of ovs-appctl gets, and how it refuses.
import type { Process } from '../../../node/process.js'
import type { OfBridge } from '../../../ovs/bridge.js'
import type { Datapath } from '../../../ovs/datapath.js'
import type { VSwitch } from '../../../ovs/vswitch.js'

/** The daemon's answer is an error: text, exit code 2. */
export class ServerError extends Error {}

/** The real one does it, netlab does not. */
export class NotBuilt extends Error {}

export interface Appctl {
  readonly proc: Process
  readonly vswitch: VSwitch
}

export interface AppctlCommand {
  readonly name: string
  readonly usage: string
  readonly min: number
  readonly max: number
  /** Null: known by name only. */
  readonly run: ((ctl: Appctl, args: readonly string[]) => string) | null
  /** First and last version that has it. */
  readonly since?: string
}

export function command(
  name: string,
  usage: string,
  counts: readonly [min: number, max: number],
  run: AppctlCommand['run'],
  since?: string,
): AppctlCommand {
  return { name, usage, min: counts[0], max: counts[1], run, ...(since === undefined ? {} : { since }) }
}

export function bridgeNamed(ctl: Appctl, name: string): OfBridge {
  const bridge = ctl.vswitch.bridges.get(name)
  if (bridge === undefined) throw new ServerError('no such bridge')
  return bridge
}

/** In the order of their names. */
export function bridgesOf(ctl: Appctl): OfBridge[] {
  return [...ctl.vswitch.bridges.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

export function datapathsOf(ctl: Appctl): Datapath[] {
  return [...ctl.vswitch.datapaths.values()]
}
