// Which datapath a command means.
import type { Datapath } from '../../../ovs/datapath.js'
import { type Appctl, datapathsOf, ServerError } from './context.js'

const NO_DATAPATH = 'ovs-vswitchd: no datapaths exist'

/** The one that is named, or the only one. `what`: how the command says that there is none. */
export function theDatapath(ctl: Appctl, name: string | undefined): Datapath {
  if (name === undefined) {
    const all = datapathsOf(ctl)
    if (all.length === 0) throw new ServerError(NO_DATAPATH)
    if (all.length > 1) throw new ServerError('ovs-vswitchd: multiple datapaths, specify one')
    return all[0]!
  }
  const found = datapathFor(ctl, name)
  if (found === null) throw new ServerError('ovs-vswitchd: datapath not found (Invalid argument)')
  return found
}

/** Null: the only one that there is. */
export function datapathFor(ctl: Appctl, name: string | null): Datapath | null {
  const all = datapathsOf(ctl)
  if (name === null) return all.length === 1 ? all[0]! : null
  const plain = name.replace(/^(system|netdev)@/, '')
  return all.find((each) => each.name === plain || each.kind === plain || each.name === `ovs-${plain}`) ?? null
}
