// What the controller's services answer on their ports.
import type { HttpHandler } from '../../node/daemons/http.js'
import type { Machine } from '../../node/machine.js'
import type { Agent } from '../agent.js'
import type { AgentNodes } from '../agent-nodes.js'
import { glanceHandler } from '../glance.js'
import { keystoneHandler } from '../keystone.js'
import type { NovaApi } from '../nova/api.js'
import { metadataFor, metadataVersions } from '../nova/metadata.js'
import { serveNova, servePort } from '../nova/serve.js'
import type { NeutronNetwork } from './nova/neutron-network.js'
import type { ReleaseProfile } from './release.js'
import type { NeutronApi } from './server/neutron-api.js'
import { NeutronRest } from './server/rest.js'
import { addressOf } from './service-hosts.js'

const KEYSTONE_PORT = 5000
const NETWORK_PORT = 9696
const IMAGE_PORT = 9292
const METADATA_PORT = 8775

interface Apis {
  readonly neutron: NeutronApi
  readonly api: NovaApi<NeutronNetwork>
  readonly nodes: AgentNodes
  readonly profile: ReleaseProfile
  readonly projectId: string
  /** Of the cloud's configuration files. */
  flag(name: string): string | null
}

/** The ports of a service, until its process ends. */
export function serveApi(name: string, { proc, machine }: Agent, apis: Apis): void {
  const { neutron, api, projectId } = apis
  if (name === 'neutron-server') {
    const rest = new NeutronRest(neutron, (us) => machine.clockStartUs + us)
    servePort(proc, NETWORK_PORT, (request) => rest.answer(request))
  }
  if (name === 'nova-api') serveNova(proc, api, { port: METADATA_PORT, answer: (request) => metadata(request, apis) })
  if (name === 'glance-api') servePort(proc, IMAGE_PORT, glanceHandler(api.images, projectId))
  if (name === 'keystone') servePort(proc, KEYSTONE_PORT, keystone(machine, apis))
}

function keystone(machine: Machine, { nodes, profile, projectId, flag }: Apis): HttpHandler {
  const url = (service: string): string => `http://${addressOf(nodes.machinesOf(service)[0] ?? machine)}`
  const isOld = profile.name === 'icehouse'
  return keystoneHandler({
    projectId,
    userId: projectId.split('').reverse().join(''),
    adminName: flag('admin_user') ?? 'admin',
    password: flag('admin_password') ?? 'openstack',
    catalogue: [
      { type: 'compute', name: 'nova', url: `${url('nova-api')}:8774/${isOld ? `v2/${projectId}` : 'v2.1'}` },
      { type: 'network', name: 'neutron', url: `${url('neutron-server')}:${NETWORK_PORT}` },
      { type: 'image', name: 'glance', url: `${url('glance-api')}:${IMAGE_PORT}` },
      { type: 'identity', name: 'keystone', url: `${url('keystone')}:${KEYSTONE_PORT}/${isOld ? 'v2.0' : 'v3'}` },
    ],
    clockUs: () => machine.clockUs,
  })
}

interface Request {
  readonly path: string
  readonly headers: ReadonlyMap<string, string>
}

/** The metadata agent says whose request it is. */
function metadata({ path, headers }: Request, { api, flag }: Apis): string | null {
  if (/^\/*(\?|$)/.test(path)) return metadataVersions()
  const server = api.servers.find(({ id }) => id === headers.get('x-instance-id'))
  return server === undefined ? null : metadataFor(server, flag('dhcp_domain') ?? 'novalocal', api, path)
}
