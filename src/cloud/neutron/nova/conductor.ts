// nova's scheduler and conductor on a cloud with neutron: they place servers, have ports made and bound, and hand the rest to a compute.
import { wakes } from '../../../node/wakes.js'
import type { Agent } from '../../agent.js'
import { ApiError, type NovaAgents, type NovaApi } from '../../nova/api.js'
import type { Server } from '../../nova/objects.js'
import type { ComputeRpc, Vif } from '../rpc.js'
import type { MessageBus } from '../server/message-bus.js'
import type { NovaService } from './host-rest.js'
import { faultText, type NeutronNetwork } from './neutron-network.js'

/** Scheduling and preparing a server before nova-compute begins, microseconds. */
const SCHEDULE_US = 300_000

export class Conductor implements NovaAgents {
  api!: NovaApi<NeutronNetwork>
  /** nova's processes, for its API; the cloud that makes them tells. */
  novaServices: () => readonly NovaService[] = () => []
  private pending: Promise<unknown> = Promise.resolve()
  readonly power = { stop: (server: Server) => this.stop(server), start: (server: Server) => this.start(server) }

  constructor(
    private readonly bus: MessageBus,
    /** Every process on the way of a boot: without one of them nothing happens to it. */
    private readonly needed: readonly Agent[],
    private readonly sim: { readonly nowUs: number; readonly scheduler: { after(us: number, run: () => void): unknown } },
  ) {}

  settled(): Promise<unknown> {
    return this.pending
  }

  boot(server: Server, wantedHost: string | null): void {
    this.work(server, async () => {
      await this.sleep(SCHEDULE_US)
      // Nobody takes the request off the queue: the server stays as it is.
      if (this.needed.some(({ proc }) => proc.isDone)) return
      const compute = this.schedule(wantedHost)
      if (compute === null) return this.failed(server, 'No valid host was found. ')
      server.host = compute.host
      server.taskState = 'networking'
      const vifs = await this.bus.call(() => this.api.network.allocate(server, compute.host))
      if (server.status !== 'BUILD') return
      server.taskState = 'spawning'
      this.touch(server)
      await compute.spawn(server, vifs)
      if (server.status !== 'BUILD') return
      server.launchedUs = this.sim.nowUs
      this.done(server, 'ACTIVE')
    })
  }

  terminate(server: Server): void {
    this.work(server, async () => {
      await this.bus.call(() => {})
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

  private computeOf(server: Server): ComputeRpc | null {
    return server.host === null ? null : (this.bus.computes.get(server.host) ?? null)
  }

  /** The host with the fewest servers, or the one that was asked for. */
  private schedule(wanted: string | null): ComputeRpc | null {
    const alive = [...this.bus.computes.values()].filter((compute) => compute.isAlive && (wanted === null || compute.host === wanted))
    const load = ({ host }: ComputeRpc): number => this.api.servers.filter((server) => server.host === host).length
    return alive.sort((a, b) => load(a) - load(b))[0] ?? null
  }

  private done(server: Server, status: 'ACTIVE' | 'SHUTOFF'): void {
    server.status = status
    server.taskState = null
    this.touch(server)
  }

  private touch(server: Server): void {
    server.updatedUs = this.sim.nowUs
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
    const done = task().catch((error: unknown) => this.failed(server, error instanceof ApiError ? error.message : faultText(error)))
    this.pending = Promise.all([this.pending, done])
  }
}
