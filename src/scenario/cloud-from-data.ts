// The `cloud:` part of a checked file as a CloudSpec: the same, in the code's spelling.
import type {
  CloudAgent,
  CloudCentralPort,
  CloudNetwork,
  CloudNic,
  CloudRouter,
  CloudSecurityGroup,
  CloudServer,
  CloudSpec,
} from '../cloud/spec.js'
import type { CloudData } from './schema-cloud.js'
import { textMap } from './text-map.js'

export function cloudOf(cloud: CloudData): CloudSpec {
  return {
    release: cloud.release,
    mode: cloud.mode,
    wake: cloud.wake,
    networks: cloud.networks.map(networkOf),
    routers: cloud.routers.map(routerOf),
    ports: cloud.ports,
    floatingIps: cloud['floating-ips'].map(({ 'port-id': portId, ...row }) => ({ ...row, portId })),
    agents: cloud.agents.map(agentOf),
    servers: cloud.servers.map(serverOf),
    images: cloud.images,
    flavors: cloud.flavors.map(({ id, name, ram, disk, vcpus }) => ({ id, name, ramMb: ram, diskGb: disk, vcpus })),
    floatingPools: cloud['floating-pools'],
    securityGroups: cloud['security-groups'].map(groupOf),
    flags: textMap(cloud.flags),
  }
}

function networkOf({ subnets, 'physical-network': physicalNetwork, ...network }: CloudData['networks'][number]): CloudNetwork {
  return { ...network, physicalNetwork, subnets: subnets.map(({ 'host-routes': hostRoutes, ...subnet }) => ({ ...subnet, hostRoutes })) }
}

function serverOf({ nics, metadata, 'user-data': userData, ...server }: CloudData['servers'][number]): CloudServer {
  return { ...server, metadata: textMap(metadata), userData, nics: nics.map(nicOf) }
}

function routerOf({ name, id, host, distributed, external, interfaces }: CloudData['routers'][number]): CloudRouter {
  return {
    name,
    id,
    host,
    distributed,
    external: external === null ? null : nicOf(external),
    interfaces: interfaces.map(({ 'port-id': portId, snat, ...row }) => ({ ...row, portId, snat: snat === null ? null : centralOf(snat) })),
  }
}

function centralOf({
  'port-id': portId,
  ...port
}: NonNullable<CloudData['routers'][number]['interfaces'][number]['snat']>): CloudCentralPort {
  return { ...port, portId }
}

function nicOf({ 'port-id': portId, ...nic }: CloudData['servers'][number]['nics'][number]): CloudNic {
  return { ...nic, portId }
}

function agentOf(agent: CloudData['agents'][number]): CloudAgent {
  return {
    node: agent.node,
    services: agent.services,
    localIp: agent['local-ip'],
    bridgeMappings: textMap(agent['bridge-mappings']),
    externalBridge: agent['external-bridge'],
    agentMode: agent['agent-mode'],
    dvrMac: agent['dvr-mac'],
    zone: agent.zone,
  }
}

function groupOf({ name, id, description, rules }: CloudData['security-groups'][number]): CloudSecurityGroup {
  return { name, id, description, rules: rules?.map(({ 'remote-group': remoteGroup, ...rule }) => ({ ...rule, remoteGroup })) ?? null }
}
