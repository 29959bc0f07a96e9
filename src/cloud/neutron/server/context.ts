// What the parts of neutron-server share.
import type { Random } from '../../../sim/random.js'
import type { QuotaResource, ReleaseProfile } from '../release.js'
import type { NeutronDatabase } from './database.js'
import type { Ipam } from './ipam.js'
import type { Refusals } from './neutron-error.js'
import type { Notifier } from './notifier.js'
import type { Segments } from './segments.js'

export interface ServerContext {
  readonly db: NeutronDatabase
  readonly profile: ReleaseProfile
  readonly refuse: Refusals
  readonly random: Random
  readonly clock: { readonly nowUs: number }
  readonly notifier: Notifier
  readonly ipam: Ipam
  readonly segments: Segments
  /** The one project of the lab. */
  readonly projectId: string
  /** Of routers that do not say: router_distributed. */
  readonly routerDistributed: boolean
  /** What the underlay carries. */
  readonly underlayMtu: number
  /** Empty while the rows of a scenario are loaded. */
  readonly quotas: Map<QuotaResource, number>
  /** Ports that no agent could take when they were placed: they stay unbound. */
  readonly unbindable: Set<string>
}

/** Throws when the project has as many of these as it may; -1 is no limit. */
export function checkQuota(server: ServerContext, resource: QuotaResource, used: () => number): void {
  const limit = server.quotas.get(resource) ?? -1
  if (limit >= 0 && used() >= limit) throw server.refuse.error('OverQuota', { resource })
}

/** How many rows belong to the project. */
export function ownCount(rows: Iterable<{ readonly tenantId: string }>): number {
  let count = 0
  for (const row of rows) if (row.tenantId !== '') count++
  return count
}
