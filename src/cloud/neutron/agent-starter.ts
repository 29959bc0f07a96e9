// Starts the agents of a cloud: when the lab opens, and when their services are started again.
import type { Agent } from '../agent.js'
import type { CloudHost } from '../host.js'
import { addCloudService } from '../services.js'
import { agentLog, openAgentLog, sayStarted } from './agent-logs.js'
import { DhcpAgent } from './dhcp-agent/dhcp-agent.js'
import { L3Agent } from './l3-agent/l3-agent.js'
import { MetadataAgent } from './metadata/metadata-agent.js'
import { readNodeFiles } from './node-files/node-files.js'
import { OvsAgent } from './ovs-agent/ovs-agent.js'
import type { AgentContext, CloudAgent } from './rpc.js'
import type { MessageBus } from './server/message-bus.js'
import { serviceName } from './service-names.js'
import { NeutronCompute } from './vif/neutron-compute.js'

export type NeutronService =
  | 'neutron-openvswitch-agent'
  | 'neutron-l3-agent'
  | 'neutron-dhcp-agent'
  | 'neutron-metadata-agent'
  | 'nova-compute'

/** An agent and the process that it is. */
interface RunningAgent extends CloudAgent {
  readonly agent: Agent
}

export class AgentStarter {
  readonly computes: NeutronCompute[] = []
  /** The agent of each service on each host. */
  private readonly running = new Map<string, RunningAgent>()

  constructor(
    private readonly bus: MessageBus,
    private readonly lab: CloudHost,
  ) {}

  /** The first start of a service on a host. */
  start(service: NeutronService, context: AgentContext): Promise<void> {
    const key = `${service}@${context.host}`
    const started = this.launch(key, service, context)
    const { name, description } = serviceName(service, context.profile.name)
    addCloudService(context.machine, {
      name,
      description,
      process: () => {
        const { proc } = this.running.get(key)!.agent
        return proc.isDone ? null : proc
      },
      start: () => {
        if (service === 'nova-compute') this.running.get(key)!.agent.restart()
        else this.launch(key, service, afresh(context)).catch(() => {})
      },
    })
    return started
  }

  /** All agents, or those of a host. */
  async settled(host: string | null = null): Promise<void> {
    const agents = [...this.running].filter(([key]) => host === null || key.endsWith(`@${host}`))
    await Promise.all(agents.map(([, agent]) => agent.settled()))
  }

  /** A new process knows nothing of what the one before had in mind; nova-compute's knowledge is libvirt's, and stays. */
  private launch(key: string, service: NeutronService, context: AgentContext): Promise<void> {
    const agent = this.make(service, context)
    this.running.set(key, agent)
    const { machine, profile } = context
    const { pid } = agent.agent.proc
    const log = openAgentLog(service, machine, pid, profile.name)
    agent.agent.log = agentLog(log, service, profile.name)
    return agent.start().then(() => sayStarted(log, service, pid, profile.name))
  }

  private make(service: NeutronService, context: AgentContext): RunningAgent {
    const { host } = context
    switch (service) {
      case 'neutron-openvswitch-agent':
        return listening(this.bus.l2, host, new OvsAgent(context))
      case 'neutron-l3-agent':
        return listening(this.bus.l3, host, new L3Agent(context))
      case 'neutron-dhcp-agent':
        return listening(this.bus.dhcp, host, new DhcpAgent(context))
      case 'neutron-metadata-agent':
        return new MetadataAgent(context)
      case 'nova-compute': {
        const compute = new NeutronCompute({ ...context, lab: this.lab })
        this.computes.push(compute)
        return listening(this.bus.computes, host, compute)
      }
    }
  }
}

/** With what the files on the node say by now. */
function afresh(context: AgentContext): AgentContext {
  return { ...context, config: readNodeFiles(context.machine, context.profile, context.config) }
}

function listening<Rpc, A extends Rpc>(topic: Map<string, Rpc>, host: string, agent: A): A {
  topic.set(host, agent)
  return agent
}
