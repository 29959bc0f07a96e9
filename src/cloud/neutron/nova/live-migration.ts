// A running server on its way to another host: the conductor's checks, and its orders to the two computes and to neutron.
import { ApiError, type LiveMigrationRequest } from '../../nova/api.js'
import type { Server } from '../../nova/objects.js'
import type { ComputeRpc } from '../rpc.js'
import type { MessageBus } from '../server/message-bus.js'
import type { NeutronNetwork } from './neutron-network.js'

const NO_VALID_HOST = 'No valid host was found. There are not enough hosts available.'

export class LiveMigration {
  constructor(
    private readonly bus: MessageBus,
    private readonly network: NeutronNetwork,
    private readonly server: Server,
    private readonly request: LiveMigrationRequest,
  ) {}

  /** Before anything is noted. */
  checkHost(): void {
    const { host } = this.request
    if (host !== null && !this.bus.computes.has(host)) throw new ApiError(400, `Compute host ${host} could not be found.`)
  }

  /** Where it may go; the ports are bound there too. Throws what nova-api answers. Precondition: checkHost. */
  destination(candidates: readonly ComputeRpc[]): ComputeRpc {
    const { host, isForced } = this.request
    return host !== null && isForced ? this.forced(host) : this.scheduled(candidates)
  }

  /** A host that was named before microversion 2.30 is checked by the conductor alone. */
  private forced(host: string): ComputeRpc {
    const { id } = this.server
    if (host === this.server.host) throw new ApiError(400, `Unable to migrate instance (${id}) to current host (${host}).`)
    const compute = this.bus.computes.get(host)!
    if (!compute.isAlive || !this.source().isAlive) {
      const down = compute.isAlive ? this.source().host : host
      throw new ApiError(400, `Compute service of ${down} is unavailable at this time.`)
    }
    this.checkDisks()
    const unbound = this.network.bindAt(this.server, host)
    if (unbound !== null) throw new ApiError(400, preCheckText(unbound))
    return compute
  }

  private scheduled(candidates: readonly ComputeRpc[]): ComputeRpc {
    if (!this.source().isAlive) throw new ApiError(400, `Compute service of ${this.source().host} is unavailable at this time.`)
    const { host } = this.request
    const fitting = candidates.filter((compute) => compute.host !== this.server.host && (host === null || compute.host === host))
    if (fitting.length === 0) throw new ApiError(400, NO_VALID_HOST)
    this.checkDisks()
    const found = fitting.find((compute) => this.network.bindAt(this.server, compute.host) === null)
    if (found === undefined) throw new ApiError(400, NO_VALID_HOST)
    return found
  }

  /** Disks on the host itself must be copied, those of volumes must not. */
  private checkDisks(): void {
    const { copiesDisks } = this.request
    const isVolume = this.server.bootVolume !== null
    if (copiesDisks === false && !isVolume) {
      const why = 'Shared storage live-migration requires either shared storage or boot-from-volume with no local disks.'
      throw new ApiError(400, `${this.server.host} is not on shared storage: ${why}`)
    }
  }

  /** Rejects when the server stays where it is; then nothing of it is left at the destination. */
  async run(destination: ComputeRpc): Promise<void> {
    const { server, bus, network } = this
    const source = this.source()
    let isOver = false
    try {
      await bus.call(() => network.announceMove(server, destination.host))
      const vifs = await bus.call(() => network.vifsOf(server))
      const landing = await destination.preLiveMigration(server, vifs)
      await source.liveMigrate(server, landing, () => {
        isOver = true
        bus.cast(() => network.activateAt(server, destination.host))
      })
    } catch (error) {
      if (!isOver) await this.rollBack(destination)
      throw error
    }
    destination.postLiveMigration(server)
    await source.cleanUpMigration(server)
    server.host = destination.host
    await bus.call(() => {
      network.announceMove(server, null)
      network.unbindAt(server, source.host)
    })
  }

  private async rollBack(destination: ComputeRpc): Promise<void> {
    const { server, bus, network } = this
    await destination.cleanUpMigration(server).catch(() => {})
    await bus.call(() => {
      network.announceMove(server, null)
      network.unbindAt(server, destination.host)
    })
  }

  private source(): ComputeRpc {
    const compute = this.server.host === null ? undefined : this.bus.computes.get(this.server.host)
    if (compute === undefined) throw new ApiError(400, `Compute service of ${this.server.host} is unavailable at this time.`)
    return compute
  }
}

function preCheckText(portId: string): string {
  return `Migration pre-check error: Binding failed for port ${portId}, please check neutron logs for more information.`
}
