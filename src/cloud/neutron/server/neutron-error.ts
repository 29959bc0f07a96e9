// What neutron-server answers instead of doing it: status, type and text by release.
import type { NeutronRelease } from '../release.js'

export class NeutronError extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
  ) {
    super(message)
  }
}

interface Refusal {
  readonly status: number
  /** `{name}` is filled in. */
  readonly text: string
  /** Where the earlier release says it differently. */
  readonly icehouse?: string
  /** Another class name in the earlier release. */
  readonly icehouseType?: string
}

const REFUSALS = {
  NetworkNotFound: notFound('Network {id} could not be found'),
  SubnetNotFound: notFound('Subnet {id} could not be found'),
  PortNotFound: notFound('Port {id} could not be found'),
  RouterNotFound: notFound('Router {id} could not be found'),
  FloatingIPNotFound: notFound('Floating IP {id} could not be found'),
  SecurityGroupNotFound: notFound('Security group {id} does not exist'),
  SecurityGroupRuleNotFound: notFound('Security group rule {id} does not exist'),
  AgentNotFound: notFound('Agent {id} could not be found'),
  RouterInterfaceNotFound: notFound('Router {router} does not have an interface with id {port}'),
  RouterInterfaceNotFoundForSubnet: notFound('Router {router} has no interface on subnet {subnet}'),
  ExternalGatewayForFloatingIPNotFound: {
    status: 404,
    text: 'External network {network} is not reachable from subnet {subnet}.  Therefore, cannot associate Port {port} with a Floating IP.',
  },
  NetworkInUse: {
    status: 409,
    text: 'Unable to complete operation on network {id}. There are one or more ports still in use on the network.',
  },
  SubnetInUse: {
    status: 409,
    text: 'Unable to complete operation on subnet {id}: One or more ports have an IP allocation from this subnet.',
    icehouse: 'Unable to complete operation on subnet {id}. One or more ports have an IP allocation from this subnet.',
  },
  PortInUse: {
    status: 409,
    text: 'Unable to complete operation on port {id} for network {network}. Port already has an attached device {device}.',
    icehouse: 'Unable to complete operation on port {id} for network {network}. Port already has an attacheddevice {device}.',
  },
  ServicePortInUse: {
    status: 409,
    text: 'Port {id} cannot be deleted directly via the port API: has device owner {owner}.',
    icehouse: 'Port {id} has owner {owner} and therefore cannot be deleted directly via the port API.',
    icehouseType: 'L3PortInUse',
  },
  RouterInUse: { status: 409, text: 'Router {id} still has ports' },
  RouterInterfaceInUseByFloatingIP: {
    status: 409,
    text: 'Router interface for subnet {subnet} on router {router} cannot be deleted, as it is required by one or more floating IPs.',
  },
  RouterExternalGatewayInUseByFloatingIp: {
    status: 409,
    text: 'Gateway cannot be updated for router {router}, since a gateway to external network {network} is required by one or more floating IPs.',
  },
  RoutesExhausted: { status: 400, text: 'Unable to complete operation for {id}. The number of routes exceeds the maximum {quota}.' },
  InvalidRoutes: { status: 400, text: 'Invalid format for routes: {routes}, {reason}' },
  FloatingIPPortAlreadyAssociated: {
    status: 409,
    text: 'Cannot associate floating IP {address} ({id}) with port {port} using fixed IP {fixed}, as that fixed IP already has a floating IP on external network {network}.',
  },
  MacAddressInUse: { status: 409, text: 'Unable to complete operation for network {network}. The mac address {mac} is in use.' },
  IpAddressInUse: {
    status: 409,
    text: 'IP address {address} already allocated in subnet {subnet}',
    icehouse: 'Unable to complete operation for network {network}. The IP address {address} is in use.',
  },
  IpAddressGenerationFailure: {
    status: 409,
    text: 'No more IP addresses available on network {network}.',
  },
  ExternalIpAddressExhausted: { status: 400, text: 'Unable to find any IP address on external network {network}.' },
  VlanIdInUse: {
    status: 409,
    text: 'Unable to create the network. The VLAN {segment} on physical network {physical} is in use.',
  },
  FlatNetworkInUse: { status: 409, text: 'Unable to create the flat network. Physical network {physical} is in use.' },
  TunnelIdInUse: { status: 409, text: 'Unable to create the network. The tunnel ID {segment} is in use.' },
  NoNetworkAvailable: { status: 503, text: 'Unable to create the network. No tenant network is available for allocation.' },
  InvalidAllocationPool: { status: 400, text: 'The allocation pool {pool} is not valid.' },
  OverlappingAllocationPools: {
    status: 409,
    text: 'Found overlapping allocation pools: {pool1} {pool2} for subnet {cidr}.',
    icehouse: 'Found overlapping allocation pools:{pool1} {pool2} for subnet {cidr}.',
  },
  OutOfBoundsAllocationPool: { status: 400, text: 'The allocation pool {pool} spans beyond the subnet cidr {cidr}.' },
  GatewayConflictWithAllocationPools: {
    status: 409,
    text: 'Gateway ip {address} conflicts with allocation pool {pool}.',
    icehouse: 'Gateway ip {address} conflicts with allocation pool {pool}',
  },
  GatewayIpInUse: { status: 409, text: 'Current gateway ip {address} already in use by port {port}. Unable to update.' },
  ExternalNetworkInUse: {
    status: 409,
    text: 'External network {id} cannot be updated to be made non-external, since it has existing gateway ports.',
    icehouse: 'External network {id} cannot be updated to be made non-external, since it has existing gateway ports',
  },
  InvalidInput: { status: 400, text: 'Invalid input for operation: {message}.' },
  BadRequest: { status: 400, text: 'Bad {resource} request: {message}.', icehouse: 'Bad {resource} request: {message}' },
  HTTPBadRequest: { status: 400, text: '{message}' },
  HTTPNotFound: { status: 404, text: 'The resource could not be found.' },
  OverQuota: {
    status: 409,
    text: "Quota exceeded for resources: ['{resource}'].",
    icehouse: "Quota exceeded for resources: ['{resource}']",
  },
  SecurityGroupInUse: { status: 409, text: 'Security Group {id} in use.' },
  SecurityGroupCannotRemoveDefault: {
    status: 409,
    text: 'Insufficient rights for removing default security group.',
    icehouse: 'Removing default security group not allowed.',
  },
  SecurityGroupDefaultAlreadyExists: { status: 409, text: 'Default security group already exists.' },
  SecurityGroupRuleExists: {
    status: 409,
    text: 'Security group rule already exists. Rule id is {rule}.',
    icehouse: 'Security group rule already exists. Group id is {id}.',
  },
  SecurityGroupInvalidPortRange: { status: 400, text: 'For TCP/UDP protocols, port_range_min must be <= port_range_max' },
  SecurityGroupInvalidPortValue: { status: 400, text: 'Invalid value for port {port}' },
  SecurityGroupInvalidIcmpValue: { status: 400, text: 'Invalid value for ICMP {field} ({attribute}) {value}. It must be 0 to 255.' },
  SecurityGroupMissingIcmpType: {
    status: 400,
    text: 'ICMP code (port-range-max) {value} is provided but ICMP type (port-range-min) is missing.',
  },
  SecurityGroupRuleInvalidProtocol: {
    status: 400,
    text: 'Security group rule protocol {protocol} not supported. Only protocol values {values} and integer representations [0 to 255] are supported.',
    icehouse:
      "Security group rule protocol {protocol} not supported. Only protocol values [None, 'tcp', 'udp', 'icmp'] and their integer representation (0 to 255) are supported.",
  },
  SecurityGroupRemoteGroupAndRemoteIpPrefix: { status: 400, text: 'Only remote_ip_prefix or remote_group_id may be provided.' },
  SecurityGroupProtocolRequiredWithPorts: {
    status: 400,
    text: 'Must also specify protocol if port range is given.',
    icehouse: 'Must also specifiy protocol if port range is given.',
  },
  PortSecurityPortHasSecurityGroup: {
    status: 409,
    text: 'Port has security group associated. Cannot disable port security or IP address until security group is removed.',
  },
} as const satisfies Record<string, Refusal>

function notFound(text: string): Refusal {
  return { status: 404, text: `${text}.`, icehouse: text }
}

export type RefusalType = keyof typeof REFUSALS

/** Makes the error of a type with the text of the release. */
export class Refusals {
  constructor(private readonly release: NeutronRelease) {}

  error(type: RefusalType, values: Readonly<Record<string, string | number>> = {}): NeutronError {
    const refusal: Refusal = REFUSALS[type]
    const isOld = this.release === 'icehouse'
    const text = isOld ? (refusal.icehouse ?? refusal.text) : refusal.text
    const message = text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
    return new NeutronError(refusal.status, isOld ? (refusal.icehouseType ?? type) : type, message)
  }
}
