// neutron-metadata-agent: takes what the namespaces' proxies pass on, finds out whose port asks, and asks nova in its name.
import { createHmac } from 'node:crypto'
import { parseIpv4 } from '../../../addr/ipv4.js'
import { toBytes } from '../../../node/chunk.js'
import type { HttpReply, HttpRequest } from '../../../node/daemons/http.js'
import { HttpReader } from '../../../node/daemons/http.js'
import { connectTcp, openTcp, writeTcp } from '../../../node/net-api.js'
import { ProcessKilled } from '../../../node/process-end.js'
import { listenUnix } from '../../../node/unix-http.js'
import { Agent } from '../../agent.js'
import { agentCommandLine } from '../command-lines.js'
import { METADATA_FILE } from '../node-files/facts.js'
import type { Port } from '../objects.js'
import type { AgentConfig, AgentContext, AgentReport, CloudAgent, ReportedContext } from '../rpc.js'
import { errorPage, passedOn, unknownError } from './webob.js'

export const METADATA_SOCKET = '/var/lib/neutron/metadata_proxy'

const CONNECT_US = 30_000_000

export class MetadataAgent implements CloudAgent {
  readonly agent: Agent

  constructor(private readonly context: AgentContext) {
    this.agent = new Agent(
      'neutron-metadata-agent',
      context.machine,
      agentCommandLine('neutron-metadata-agent', METADATA_FILE, context.profile),
    )
  }

  start(): Promise<void> {
    const { plugin } = this.context
    const { proc } = this.agent
    return this.agent.enqueue('neutron-metadata-agent starts', null, async () => {
      listenUnix(proc, METADATA_SOCKET, (request) => this.answer(request))
      await plugin.reportAgent(metadataReport(this.context, () => !proc.isDone))
    })
  }

  settled(): Promise<void> {
    return this.agent.settled()
  }

  private get nova(): { readonly host: string; readonly port: number } {
    return novaOf(this.context.config)
  }

  private async answer(request: HttpRequest): Promise<HttpReply> {
    try {
      const port = await this.portOf(request)
      return port === null || port.deviceId === '' ? errorPage(404) : await this.askNova(request, port)
    } catch (error) {
      if (error instanceof ProcessKilled) throw error
      return unknownError()
    }
  }

  /** The one port with the client's address on the networks that the proxy stands for; null for none or several. */
  private async portOf({ headers }: HttpRequest): Promise<Port | null> {
    const address = parseIpv4(headers.get('x-forwarded-for') ?? '')
    const networkId = headers.get('x-neutron-network-id')
    const routerId = headers.get('x-neutron-router-id')
    // Both at once is a guest that forged one of them.
    if (networkId !== undefined && routerId !== undefined && this.context.profile.l3.metadataProxy === 'haproxy') return null
    const on = networkId !== undefined ? { networkId } : routerId !== undefined ? { routerId } : null
    if (address === null || on === null) return null
    const ports = await this.context.plugin.portsByAddress(address, on)
    return ports.length === 1 ? ports[0]! : null
  }

  private sign(instance: string): string {
    const secret = this.context.config.flags.get('metadata_proxy_shared_secret') ?? ''
    return createHmac('sha256', secret).update(instance).digest('hex')
  }

  private async askNova(request: HttpRequest, port: Port): Promise<HttpReply> {
    const { proc } = this.agent
    const address = parseIpv4(this.nova.host)
    const socket = openTcp(proc)
    try {
      if (address === null || (await connectTcp(proc, socket, { address, port: this.nova.port }, CONNECT_US)) !== null)
        return unknownError()
      const lines = [
        `${request.method} ${request.path} HTTP/1.1`,
        `Host: ${this.nova.host}:${this.nova.port}`,
        `X-Forwarded-For: ${request.headers.get('x-forwarded-for')}`,
        `X-Instance-ID: ${port.deviceId}`,
        `X-Tenant-ID: ${port.tenantId}`,
        `X-Instance-ID-Signature: ${this.sign(port.deviceId)}`,
        'Accept-Encoding: gzip, deflate',
        'Connection: close',
      ]
      await writeTcp(proc, socket, toBytes(`${lines.join('\r\n')}\r\n\r\n${request.body}`))
      const reader = new HttpReader(proc, socket)
      const head = await reader.head()
      if (head === null) return unknownError()
      const reply = { status: Number(head.first.split(' ')[1]), body: await reader.body(head.headers, true), headers: [...head.headers] }
      return passedOn(reply, [403, 404, 409, 500])
    } finally {
      socket.close()
    }
  }
}

function novaOf({ flags }: AgentConfig): { readonly host: string; readonly port: number } {
  return {
    host: flags.get('nova_metadata_host') ?? flags.get('nova_metadata_ip') ?? '127.0.0.1',
    port: Number(flags.get('nova_metadata_port') ?? 8775),
  }
}

/** Its row in `openstack network agent list`. */
export function metadataReport({ host, config }: ReportedContext, isAlive: () => boolean): AgentReport {
  const nova = novaOf(config)
  return {
    type: 'Metadata agent',
    binary: 'neutron-metadata-agent',
    topic: 'N/A',
    host,
    configurations: { metadata_proxy_socket: METADATA_SOCKET, nova_metadata_ip: nova.host, nova_metadata_port: nova.port },
    isAlive,
  }
}
