// Who listens to the message queue in place of agents that sleep.
import type { SleepingNode } from '../host.js'
import { ApiError } from '../nova/api.js'
import type { Server } from '../nova/objects.js'
import type { ComputeRpc, L3AgentRpc, Landing, Vif } from './rpc.js'

/** What nova asks of its host wakes it first. */
export class SleepingCompute implements ComputeRpc {
  readonly isAlive = true

  constructor(
    private readonly node: SleepingNode,
    private readonly computes: ReadonlyMap<string, ComputeRpc>,
  ) {}

  get host(): string {
    return this.node.hostname
  }

  private async awake(): Promise<ComputeRpc> {
    await this.node.wake()
    return this.computes.get(this.host)!
  }

  async spawn(server: Server, vifs: readonly Vif[]): Promise<void> {
    return (await this.awake()).spawn(server, vifs)
  }

  async destroy(server: Server): Promise<void> {
    return (await this.awake()).destroy(server)
  }

  async reboot(server: Server, hard: boolean): Promise<void> {
    return (await this.awake()).reboot(server, hard)
  }

  async powerOff(server: Server): Promise<void> {
    return (await this.awake()).powerOff(server)
  }

  async powerOn(server: Server): Promise<void> {
    return (await this.awake()).powerOn(server)
  }

  async attachInterface(server: Server, vif: Vif): Promise<void> {
    return (await this.awake()).attachInterface(server, vif)
  }

  async detachInterface(server: Server, portId: string): Promise<void> {
    return (await this.awake()).detachInterface(server, portId)
  }

  async preLiveMigration(server: Server, vifs: readonly Vif[]): Promise<Landing> {
    return (await this.awake()).preLiveMigration(server, vifs)
  }

  async liveMigrate(server: Server, landing: Landing, switchOver: () => void): Promise<void> {
    return (await this.awake()).liveMigrate(server, landing, switchOver)
  }

  postLiveMigration(server: Server): void {
    void this.awake().then((compute) => compute.postLiveMigration(server))
  }

  async cleanUpMigration(server: Server): Promise<void> {
    return (await this.awake()).cleanUpMigration(server)
  }

  vifPlugged(): void {}

  /** It cannot be had at once: nova says so, and has it when it is asked again. */
  console(server: Server): string {
    void this.awake()
    throw new ApiError(409, `Instance ${server.id} is not ready`)
  }
}

/** What changes of routers its agent finds in the tables when it starts; what it would report is done in its place. */
export class SleepingL3Agent implements L3AgentRpc {
  constructor(private readonly work: (routerIds: readonly string[]) => void) {}

  routersUpdated(routerIds: readonly string[]): void {
    this.work(routerIds)
  }

  routerAddedToAgent(routerIds: readonly string[]): void {
    this.work(routerIds)
  }

  routerDeleted(): void {}
  routerRemovedFromAgent(): void {}
  addArpEntry(): void {}
  delArpEntry(): void {}
  fipnamespaceDeletedOnExtNet(): void {}
}
