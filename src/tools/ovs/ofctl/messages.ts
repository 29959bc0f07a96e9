// Heads of OpenFlow messages as ovs-ofctl prints them, and the transaction ids they carry.
import { P_NXM, P_OF10, P_TID, type Protocols, versionOfProtocol } from '../../../ovs/protocols.js'
import type { OpenFlowVersion } from '../../../ovs/version.js'
import type { OfctlRun } from './run.js'

/** `OFPST_FLOW reply (OF1.3) (xid=0x2):`; OpenFlow 1.0 says no version. */
export function head(name: string, version: OpenFlowVersion, xid: number): string {
  return `${name}${version === '1.0' ? '' : ` (OF${version})`} (xid=0x${xid.toString(16)}):`
}

/** Reading the names of the ports takes a connection of its own, with four messages. */
const NAMES_XIDS = 4

/** Id of the first request behind the greeting. */
export function firstXid(run: OfctlRun, readsNames: boolean): number {
  return 2 + (readsNames && run.acceptsNames ? NAMES_XIDS : 0)
}

/** Asking for Nicira's flow format costs a message and a barrier. */
export function formatXids(protocol: Protocols): number {
  const nxm = (protocol & P_NXM) !== 0 ? 2 : 0
  return nxm + (namesTable(protocol) ? 2 : 0)
}

/** One of OpenFlow 1.0's formats that name a table. */
export function namesTable(protocol: Protocols): boolean {
  return (protocol & (P_OF10 | P_NXM) & P_TID) !== 0
}

export function modName(protocol: Protocols): string {
  return (protocol & P_NXM) !== 0 ? 'NXT_FLOW_MOD' : 'OFPT_FLOW_MOD'
}

export function modVersion(protocol: Protocols): OpenFlowVersion {
  return versionOfProtocol(protocol)
}
