// The metadata proxy of a namespace, as the L3 and DHCP agents start and stop it: neutron's own program at first, haproxy from Pike on.
import type { Agent } from '../../agent.js'
import { ExternalProcess } from '../external-process.js'
import type { Namespace } from '../namespace.js'
import type { ReleaseProfile } from '../release.js'
import { METADATA_SOCKET } from './metadata-agent.js'

const STATE_PATH = '/var/lib/neutron'

export interface ProxyTarget {
  readonly routerId?: string
  readonly networkId?: string
  /** Default: what the redirect of a router leads to. */
  readonly port?: number
  readonly bind?: string
}

export class MetadataProxy {
  constructor(
    private readonly agent: Agent,
    private readonly profile: ReleaseProfile,
  ) {}

  async start(namespace: Namespace, target: ProxyTarget): Promise<void> {
    const uuid = target.routerId ?? target.networkId!
    const process = this.process(namespace, uuid)
    if (process.pid !== null) return
    this.agent.machine.files.mkdir(`${STATE_PATH}/external/pids`, { parents: true })
    if (this.profile.l3.metadataProxy === 'python') await process.enable(pythonWords(uuid, target, process.pidFile))
    else {
      this.agent.write(configPath(uuid), haproxyConfig(uuid, target, process.pidFile) + this.headerRules(uuid, target))
      await process.enable(['haproxy', '-f', configPath(uuid)])
    }
  }

  async stop(namespace: Namespace, uuid: string): Promise<void> {
    await this.process(namespace, uuid).disable()
    if (this.profile.l3.metadataProxy === 'python') return
    const gone = [configPath(uuid), this.pidFile(uuid)].filter((path) => this.agent.machine.files.exists(path))
    if (gone.length > 0) await this.agent.run(['rm', '-f', ...gone], { standsFor: 'os.unlink' })
  }

  /** The guest's word on where it is counts for nothing; the first releases with haproxy put theirs beside it. */
  private headerRules(uuid: string, { routerId }: ProxyTarget): string {
    const [kind, other] = routerId === undefined ? ['Network', 'Router'] : ['Router', 'Network']
    if (!this.profile.l3.strictProxyHeaders) return `    http-request add-header X-Neutron-${kind}-ID ${uuid}\n`
    return `    http-request del-header X-Neutron-${other}-ID\n    http-request set-header X-Neutron-${kind}-ID ${uuid}\n`
  }

  private process(namespace: Namespace, uuid: string): ExternalProcess {
    return new ExternalProcess(this.agent, namespace, uuid, this.pidFile(uuid))
  }

  private pidFile(uuid: string): string {
    const suffix = this.profile.l3.metadataProxy === 'python' ? '.pid' : '.pid.haproxy'
    return `${STATE_PATH}/external/pids/${uuid}${suffix}`
  }
}

function pythonWords(uuid: string, target: ProxyTarget, pidFile: string): string[] {
  return [
    'neutron-ns-metadata-proxy',
    `--pid_file=${pidFile}`,
    `--metadata_proxy_socket=${METADATA_SOCKET}`,
    target.routerId === undefined ? `--network_id=${uuid}` : `--router_id=${uuid}`,
    `--state_path=${STATE_PATH}`,
    `--metadata_port=${target.port ?? 9697}`,
    '--verbose',
    `--log-file=neutron-ns-metadata-proxy-${uuid}.log`,
    '--log-dir=/var/log/neutron',
  ]
}

function configPath(uuid: string): string {
  return `${STATE_PATH}/ns-metadata-proxy/${uuid}.conf`
}

function haproxyConfig(uuid: string, target: ProxyTarget, pidFile: string): string {
  return `
global
    log         /dev/log local0 info
    log-tag     haproxy-metadata-proxy-${uuid}
    user        neutron
    group       neutron
    maxconn     1024
    pidfile     ${pidFile}
    daemon

defaults
    log global
    mode http
    option httplog
    option dontlognull
    option http-server-close
    option forwardfor
    retries                 3
    timeout http-request    30s
    timeout connect         30s
    timeout client          32s
    timeout server          32s
    timeout http-keep-alive 30s

listen listener
    bind ${target.bind ?? '0.0.0.0'}:${target.port ?? 9697}
    server metadata ${METADATA_SOCKET}
`
}
