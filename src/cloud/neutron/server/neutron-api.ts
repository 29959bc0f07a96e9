// neutron-server: its tables and what may be done to them. It changes rows and tells the agents; it touches no node.
import type { Random } from '../../../sim/random.js'
import type { ReleaseProfile } from '../release.js'
import type { ServerContext } from './context.js'
import { NeutronDatabase } from './database.js'
import { DistributedRouters } from './distributed-routers.js'
import { DvrPorts } from './dvr-ports.js'
import { FloatingIps } from './floating-ips.js'
import { Ipam } from './ipam.js'
import { Networks } from './networks.js'
import { Refusals } from './neutron-error.js'
import type { Notifier } from './notifier.js'
import { PortBindings } from './port-bindings.js'
import { Ports } from './ports.js'
import { Routers } from './routers.js'
import { SecurityGroups } from './security-groups.js'
import { type SegmentPools, Segments } from './segments.js'
import { Subnets } from './subnets.js'

export interface NeutronOptions {
  readonly profile: ReleaseProfile
  readonly random: Random
  readonly clock: { readonly nowUs: number }
  readonly notifier: Notifier
  readonly projectId: string
  readonly segmentPools: SegmentPools
  readonly underlayMtu: number
  readonly routerDistributed?: boolean
  /** DVR: hosts' addresses that are not drawn. */
  readonly dvrMacs?: ReadonlyMap<string, string>
}

export class NeutronApi {
  readonly db = new NeutronDatabase()
  readonly context: ServerContext
  readonly networks: Networks
  readonly subnets: Subnets
  readonly ports: Ports
  readonly bindings: PortBindings
  readonly routers: Routers
  readonly dvrPorts: DvrPorts
  readonly floatingIps: FloatingIps
  readonly securityGroups: SecurityGroups

  constructor(options: NeutronOptions) {
    const { profile, random } = options
    const refuse = new Refusals(profile.name)
    const context: ServerContext = {
      db: this.db,
      profile,
      refuse,
      random,
      clock: options.clock,
      notifier: options.notifier,
      ipam: new Ipam(profile.server, random),
      segments: new Segments(options.segmentPools, profile.server, this.db.networks, refuse, random),
      projectId: options.projectId,
      underlayMtu: options.underlayMtu,
      routerDistributed: options.routerDistributed ?? false,
      quotas: new Map(),
      unbindable: new Set(),
    }
    this.context = context
    this.securityGroups = new SecurityGroups(context)
    this.subnets = new Subnets(context)
    this.ports = new Ports(context, () => this.securityGroups.defaultGroup().id)
    this.bindings = new PortBindings(context, this.ports)
    this.networks = new Networks(context, this.subnets, this.ports)
    this.dvrPorts = new DvrPorts(context, this.ports, options.dvrMacs ?? new Map())
    this.routers = new Routers(context, this.ports, new DistributedRouters(context, this.ports))
    this.floatingIps = new FloatingIps(context, this.ports, this.dvrPorts)
  }

  /** From here on the project has the release's quotas. */
  /** `flags` may say others: quota_port, quota_network ... */
  setQuotas(flags: ReadonlyMap<string, string>): void {
    for (const [resource, limit] of this.profile.server.quotas)
      this.context.quotas.set(resource, Number(flags.get(`quota_${resource}`) ?? limit))
  }

  get profile(): ReleaseProfile {
    return this.context.profile
  }

  get refuse(): Refusals {
    return this.context.refuse
  }
}
