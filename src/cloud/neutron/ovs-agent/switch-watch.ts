// What wakes the OVS agent's loop: ports that come and go, and a switch that lost its flows.
import { openvswitchOn } from '../../../node/daemons/openvswitch.js'
import type { Process } from '../../../node/process.js'
import type { OfBridge } from '../../../ovs/bridge.js'
import { vswitchOn } from '../../../ovs/registry.js'
import { AgentError } from '../../agent.js'
import { BR_INT } from '../names.js'

type Wake = (event: string, object: string | null) => void

/** `ovsdb-client monitor Interface`; `remotes` are those that the agent stands behind. Until `proc` ends. */
export async function watchInterfaces(proc: Process, remotes: readonly string[], wake: Wake): Promise<void> {
  const db = await openvswitchOn(proc.machine)?.database()
  if (db === undefined) throw new AgentError('ovs-vsctl: no Open vSwitch on this host')
  for (const target of remotes) db.sessions.add({ target, isAlive: () => !proc.isDone })
  const stop = db.onCommit((changes) => {
    for (const { table, kind, before, row } of changes) {
      if (table !== 'Interface' || (kind === 'modify' && !hasIdentityChange(before))) continue
      wake(`interface ${kind === 'delete' ? 'gone' : 'seen'}`, row.text('name'))
    }
  })
  proc.atExit(stop)
}

/** What the agent's monitor asks ovsdb-server for. */
function hasIdentityChange(before: ReadonlyMap<string, unknown>): boolean {
  return before.has('ofport') || before.has('external_ids') || before.has('name')
}

/** The loop asks for its own row at every turn; here it is told when the row is gone, which is when it would find out. */
export function watchCanary(proc: Process, canary: number, lost: () => void): void {
  const vswitch = vswitchOn(proc.machine.kernel)
  if (vswitch === null) return
  const watcher = (bridge: OfBridge): void => {
    if (bridge.name === BR_INT && bridge.table(canary).size === 0) lost()
  }
  vswitch.flowWatchers.add(watcher)
  proc.atExit(() => vswitch.flowWatchers.delete(watcher))
}
