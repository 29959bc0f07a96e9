// nova-compute of a cloud with neutron: plugs a server's NICs, runs it when they are wired, takes both away again.
import { Agent } from '../../agent.js'
import type { Server } from '../../nova/objects.js'
import type { CloudAgent, ComputeContext, ComputeRpc, Vif } from '../rpc.js'

export class NeutronCompute implements CloudAgent, ComputeRpc {
  readonly agent: Agent

  constructor(private readonly context: ComputeContext) {
    this.agent = new Agent('nova-compute', context.machine, ['/usr/bin/python', '/usr/bin/nova-compute'])
  }

  get host(): string {
    return this.context.host
  }
  get isAlive(): boolean {
    return !this.agent.proc.isDone
  }

  async start(): Promise<void> {}
  settled(): Promise<void> {
    return this.agent.settled()
  }
  async spawn(_server: Server, _vifs: readonly Vif[]): Promise<void> {}
  async destroy(_server: Server): Promise<void> {}
  async reboot(_server: Server, _hard: boolean): Promise<void> {}
  async powerOff(_server: Server): Promise<void> {}
  async powerOn(_server: Server): Promise<void> {}
  async attachInterface(_server: Server, _vif: Vif): Promise<void> {}
  async detachInterface(_server: Server, _portId: string): Promise<void> {}
  vifPlugged(_portId: string): void {}
  console(_server: Server): string {
    return ''
  }
}
