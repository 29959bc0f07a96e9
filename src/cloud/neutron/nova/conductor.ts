// nova's scheduler and conductor on a cloud with neutron: they place servers, have ports made and bound, and hand the rest to a compute.
import { wakes } from '../../../node/wakes.js'
import { AgentError } from '../../agent.js'
import { ApiError, type LiveMigrationRequest, type NovaAgents, type NovaApi } from '../../nova/api.js'
import type { Server } from '../../nova/objects.js'
import { type ComputeRpc, NOT_WIRED, type Vif } from '../rpc.js'
import type { MessageBus } from '../server/message-bus.js'
import type { NovaService } from './host-rest.js'
import { LiveMigration } from './live-migration.js'
import { BindingFailed, faultText, type NeutronNetwork } from './neutron-network.js'

/** Scheduling and preparing a server before nova-compute begins, microseconds. */
const SCHEDULE_US = 300_000

/** scheduler_max_attempts */
const MAX_ATTEMPTS = 3

export class Conductor implements NovaAgents {
  api!: NovaApi<NeutronNetwork>
  /** nova's processes, for its API; the cloud that makes them tells. */
  novaServices: () => readonly NovaService[] = () => []
  private pending: Promise<unknown> = Promise.resolve()
  /** Servers on their way, until they have come or are back. */
  private readonly moves = new Map<Server, Promise<void>>()
  readonly power = { stop: (server: Server) => this.stop(server), start: (server: Server) => this.start(server) }
  readonly migration = { live: (server: Server, request: LiveMigrationRequest) => this.liveMigrate(server, request) }

  constructor(
    private readonly bus: MessageBus,
    /** Every process on the way of a boot is there: without one of them nothing happens to it. */
    private readonly isComplete: () => boolean,
    private readonly sim: { readonly nowUs: number; readonly scheduler: { after(us: number, run: () => void): unknown } },
  ) {}

  settled(): Promise<unknown> {
    return this.pending
  }

  /** Hosts that sleep while the scenario's servers are booted: theirs run already, and are started when the host wakes. */
  isAsleep: (host: string) => boolean = () => false

  boot(server: Server, wantedHost: string | null): void {
    if (wantedHost !== null && this.isAsleep(wantedHost)) return this.runsAlready(server, wantedHost)
    this.work(server, async () => {
      await this.sleep(SCHEDULE_US)
      // Nobody takes the request off the queue: the server stays as it is.
      if (!this.isComplete()) return
      const tried = new Set<string>()
      for (let compute = this.schedule(wantedHost, tried); compute !== null; compute = this.schedule(wantedHost, tried)) {
        tried.add(compute.host)
        const failure = await this.build(server, compute)
        if (failure === null) return
        if (wantedHost !== null || !this.mayRetry(failure)) throw failure
        if (tried.size === MAX_ATTEMPTS) break
      }
      this.failed(server, this.noHost(server, tried.size))
    })
  }

  private runsAlready(server: Server, host: string): void {
    server.host = host
    this.api.network.allocate(server, host)
    server.launchedUs = this.sim.nowUs
    this.done(server, 'ACTIVE')
  }

  /** On a host that wakes: the server's boot, as it was. */
  async comeUp(server: Server): Promise<void> {
    await this.sleep(SCHEDULE_US)
    const vifs = await this.bus.call(() => this.api.network.vifsOf(server))
    await this.computeOf(server)?.spawn(server, vifs)
  }

  /** Null when it runs, or nobody wants it any more. What went wrong leaves no port behind. */
  private async build(server: Server, compute: ComputeRpc): Promise<Error | null> {
    const { network } = this.api
    server.host = compute.host
    server.taskState = 'networking'
    try {
      const vifs = await this.bus.call(() => network.allocate(server, compute.host))
      if (server.status !== 'BUILD') return null
      server.taskState = 'spawning'
      this.touch(server)
      await compute.spawn(server, vifs)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      await this.bus.call(() => network.release(server))
      server.host = null
      server.taskState = 'scheduling'
      return error
    }
    if (server.status !== 'BUILD') return null
    server.launchedUs = this.sim.nowUs
    this.done(server, 'ACTIVE')
    return null
  }

  /** Later releases give up when nobody says that the NICs are wired. */
  private mayRetry(failure: Error): boolean {
    return failure instanceof BindingFailed || (failure instanceof AgentError && !this.isStein)
  }

  private noHost({ id }: Server, attempts: number): string {
    if (attempts === 0 || (!this.isStein && attempts < MAX_ATTEMPTS)) return 'No valid host was found. '
    const limit = `Exceeded max scheduling attempts ${MAX_ATTEMPTS} for instance ${id}`
    if (!this.isStein) return `No valid host was found. ${limit}`
    return attempts === MAX_ATTEMPTS
      ? `Exceeded maximum number of retries. ${limit}.`
      : `Exceeded maximum number of retries. Exhausted all hosts available for retrying build failures for instance ${id}.`
  }

  private get isStein(): boolean {
    return this.api.network.neutron.profile.name !== 'icehouse'
  }

  /** One that moves is caught where it ends up. */
  terminate(server: Server): void {
    this.work(server, async () => {
      await this.bus.call(() => {})
      await this.moves.get(server)
      const compute = this.computeOf(server)
      if (compute !== null) await compute.destroy(server)
      await this.bus.call(() => this.api.network.deallocate(server))
      this.api.forget(server)
    })
  }

  reboot(server: Server, hard: boolean): void {
    this.work(server, async () => {
      await this.bus.call(() => {})
      await this.computeOf(server)?.reboot(server, hard)
      this.done(server, 'ACTIVE')
    })
  }

  console(server: Server): string {
    return this.computeOf(server)?.console(server) ?? ''
  }

  /** A NIC more on a running server. */
  attach(server: Server, vif: Vif): void {
    this.work(server, async () => {
      await this.bus.call(() => {})
      await this.computeOf(server)?.attachInterface(server, vif)
    })
  }

  detach(server: Server, portId: string): Promise<void> {
    const task = this.bus.call(() => {}).then(() => this.computeOf(server)?.detachInterface(server, portId))
    this.pending = Promise.all([this.pending, task.catch(() => {})])
    return task
  }

  private stop(server: Server): void {
    this.work(server, async () => {
      await this.bus.call(() => {})
      await this.computeOf(server)?.powerOff(server)
      this.done(server, 'SHUTOFF')
    })
  }

  private start(server: Server): void {
    this.work(server, async () => {
      await this.bus.call(() => {})
      await this.computeOf(server)?.powerOn(server)
      this.done(server, 'ACTIVE')
    })
  }

  /** Throws what nova-api answers, unless nobody waits for it. */
  private liveMigrate(server: Server, request: LiveMigrationRequest): void {
    const migration = new LiveMigration(this.bus, this.api.network, server, request)
    migration.checkHost()
    this.api.note(server, 'live-migration')
    let destination: ComputeRpc
    try {
      destination = migration.destination(this.candidates(null, new Set()))
    } catch (error) {
      this.api.actionFailed(server)
      if (!(error instanceof ApiError) || !request.isAsync) throw error
      return
    }
    server.status = 'MIGRATING'
    server.taskState = 'migrating'
    this.touch(server)
    const back = (): void => {
      this.moves.delete(server)
      if (server.taskState !== 'deleting') this.done(server, 'ACTIVE')
    }
    const moved = migration.run(destination).then(back, () => {
      this.api.actionFailed(server)
      back()
    })
    this.moves.set(server, moved)
    this.pending = Promise.all([this.pending, moved])
  }

  private computeOf(server: Server): ComputeRpc | null {
    return server.host === null ? null : (this.bus.computes.get(server.host) ?? null)
  }

  /** The host with the fewest servers of those that were not tried, or the one that was asked for. */
  private schedule(wanted: string | null, tried: ReadonlySet<string>): ComputeRpc | null {
    return this.candidates(wanted, tried)[0] ?? null
  }

  private candidates(wanted: string | null, tried: ReadonlySet<string>): ComputeRpc[] {
    const fits = ({ host, isAlive }: ComputeRpc): boolean => isAlive && !tried.has(host) && (wanted === null || host === wanted)
    const alive = [...this.bus.computes.values()].filter(fits)
    const load = ({ host }: ComputeRpc): number => this.api.servers.filter((server) => server.host === host).length
    return alive.sort((a, b) => load(a) - load(b))
  }

  private done(server: Server, status: 'ACTIVE' | 'SHUTOFF'): void {
    server.status = status
    server.taskState = null
    this.touch(server)
  }

  private touch(server: Server): void {
    server.updatedUs = this.sim.nowUs
  }

  private faultOf({ id }: Server, error: unknown): string {
    const isUnwired = error instanceof AgentError && error.message === NOT_WIRED
    return isUnwired && this.isStein
      ? `Build of instance ${id} aborted: Failed to allocate the network(s), not rescheduling.`
      : faultText(error)
  }

  private failed(server: Server, why: string): void {
    server.status = 'ERROR'
    server.taskState = null
    server.fault = why
    this.touch(server)
  }

  private sleep(us: number): Promise<void> {
    return new Promise((resolve) => {
      this.sim.scheduler.after(us, () => {
        wakes.count++
        resolve()
      })
    })
  }

  /** Work in the background; what goes wrong ends in the server's status. */
  private work(server: Server, task: () => Promise<void>): void {
    const done = task().catch((error: unknown) => this.failed(server, this.faultOf(server, error)))
    this.pending = Promise.all([this.pending, done])
  }
}
