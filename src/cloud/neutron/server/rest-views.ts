// Rows as the REST API shows them, by release.
import { formatIpv4, formatPrefix } from '../../../addr/ipv4.js'
import { formatMac } from '../../../addr/mac.js'
import { formatIsoUtc } from '../../../sim/calendar.js'
import type {
  AgentRow,
  FixedIp,
  FloatingIp,
  HostRoute,
  Network,
  Port,
  Router,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
} from '../objects.js'
import type { NeutronApi } from './neutron-api.js'

export type Json = Record<string, unknown>

interface Dated {
  readonly id: string
  readonly tenantId: string
  readonly createdUs: number
}

export class Views {
  /** How often each row was changed through the API, and when last. */
  private readonly changes = new Map<string, { count: number; atUs: number }>()

  constructor(
    private readonly api: NeutronApi,
    /** Lab time as microseconds since 1970. */
    private readonly clockUs: (us: number) => number,
  ) {}

  touch(id: string): void {
    const before = this.changes.get(id)
    this.changes.set(id, { count: (before?.count ?? 0) + 1, atUs: this.api.context.clock.nowUs })
  }

  network = (row: Network): Json => ({
    id: row.id,
    name: row.name,
    tenant_id: row.tenantId,
    admin_state_up: row.adminStateUp,
    status: row.status,
    shared: row.shared,
    'router:external': row.external,
    'provider:network_type': row.networkType,
    'provider:physical_network': row.physicalNetwork,
    'provider:segmentation_id': row.segmentationId,
    subnets: this.api.db.subnetsOf(row.id).map(({ id }) => id),
    ...this.later(row, {
      availability_zone_hints: [],
      availability_zones: this.api.db.subnetsOf(row.id).some(({ enableDhcp }) => enableDhcp) ? ['nova'] : [],
      ipv4_address_scope: null,
      ipv6_address_scope: null,
      mtu: row.mtu,
      port_security_enabled: true,
      qos_policy_id: null,
      ...(row.external ? { is_default: false } : {}),
    }),
  })

  subnet = (row: Subnet): Json => ({
    id: row.id,
    name: row.name,
    tenant_id: row.tenantId,
    network_id: row.networkId,
    cidr: formatPrefix(row.cidr),
    ip_version: 4,
    gateway_ip: row.gatewayIp === null ? null : formatIpv4(row.gatewayIp),
    enable_dhcp: row.enableDhcp,
    allocation_pools: row.pools.map(({ first, last }) => ({ start: formatIpv4(first), end: formatIpv4(last) })),
    dns_nameservers: row.dns.map(formatIpv4),
    host_routes: row.hostRoutes.map(routeView),
    ipv6_address_mode: null,
    ipv6_ra_mode: null,
    ...this.later(row, { service_types: [], subnetpool_id: null }),
  })

  port = (row: Port): Json => ({
    id: row.id,
    name: row.name,
    tenant_id: row.tenantId,
    network_id: row.networkId,
    mac_address: formatMac(row.mac),
    fixed_ips: row.fixedIps.map(fixedView),
    device_id: row.deviceId,
    device_owner: row.deviceOwner,
    admin_state_up: row.adminStateUp,
    status: row.status,
    security_groups: row.securityGroups,
    allowed_address_pairs: row.allowedAddressPairs.map(({ mac, prefix }) => ({
      mac_address: formatMac(mac),
      ip_address: prefix.length === 32 ? formatIpv4(prefix.address) : formatPrefix(prefix),
    })),
    extra_dhcp_opts: [],
    'binding:host_id': row.hostId,
    'binding:profile': row.migratingTo === null ? {} : { migrating_to: row.migratingTo },
    'binding:vif_details': row.vifType === 'ovs' ? this.vifDetails() : {},
    'binding:vif_type': row.vifType,
    'binding:vnic_type': 'normal',
    ...this.later(row, { port_security_enabled: row.portSecurity, qos_policy_id: null, resource_request: null }),
  })

  router = (row: Router): Json => {
    const { hasProjectKeys } = this.api.profile.server
    const outside = row.gateway === null ? undefined : this.api.db.ports.get(row.gateway.portId)
    return {
      id: row.id,
      name: row.name,
      tenant_id: row.tenantId,
      admin_state_up: row.adminStateUp,
      status: row.status,
      routes: row.routes.map(routeView),
      external_gateway_info:
        row.gateway === null
          ? null
          : {
              network_id: row.gateway.networkId,
              enable_snat: row.gateway.enableSnat,
              ...(hasProjectKeys ? { external_fixed_ips: (outside?.fixedIps ?? []).map(fixedView) } : {}),
            },
      ...this.later(row, {
        availability_zone_hints: [],
        availability_zones: row.host === null ? [] : ['nova'],
        distributed: row.distributed,
        ha: row.ha,
        flavor_id: null,
      }),
    }
  }

  floatingIp = (row: FloatingIp): Json => ({
    id: row.id,
    tenant_id: row.tenantId,
    floating_network_id: row.networkId,
    floating_ip_address: formatIpv4(row.address),
    fixed_ip_address: row.fixedIp === null ? null : formatIpv4(row.fixedIp),
    port_id: row.portId,
    router_id: row.routerId,
    status: row.status,
    ...this.later(row, { dns_domain: '', dns_name: '', qos_policy_id: null, port_details: this.portDetails(row) }),
  })

  securityGroup = (row: SecurityGroup): Json => ({
    id: row.id,
    name: row.name,
    description: row.description,
    tenant_id: row.tenantId,
    security_group_rules: row.rules.map(this.rule),
    ...this.later(row, {}, row.description),
  })

  rule = (row: SecurityGroupRule): Json => ({
    id: row.id,
    security_group_id: row.groupId,
    tenant_id: row.tenantId,
    direction: row.direction,
    ethertype: row.ethertype,
    protocol: row.protocol,
    port_range_min: row.portMin,
    port_range_max: row.portMax,
    remote_ip_prefix: row.remotePrefix,
    remote_group_id: row.remoteGroupId,
    ...this.later(row, {}),
  })

  agent = (row: AgentRow): Json => {
    const started = this.stamp(row.startedUs)
    const isZoned = row.type === 'L3 agent' || row.type === 'DHCP agent'
    return {
      id: row.id,
      agent_type: row.type,
      binary: row.binary,
      host: row.host,
      topic: row.topic,
      admin_state_up: row.adminStateUp,
      alive: row.isAlive(),
      configurations: row.configurations,
      description: null,
      created_at: started,
      started_at: started,
      heartbeat_timestamp: row.isAlive() ? this.stamp(this.api.context.clock.nowUs) : started,
      ...(this.api.profile.server.hasProjectKeys ? { availability_zone: isZoned ? 'nova' : null, resources_synced: null } : {}),
    }
  }

  private vifDetails(): Json {
    const details = { port_filter: true, ovs_hybrid_plug: true }
    return this.api.profile.server.hasProjectKeys ? { ...details, datapath_type: 'system', bridge_name: 'br-int' } : details
  }

  private portDetails(row: FloatingIp): Json | null {
    const port = row.portId === null ? undefined : this.api.db.ports.get(row.portId)
    if (port === undefined) return null
    return {
      admin_state_up: port.adminStateUp,
      device_id: port.deviceId,
      device_owner: port.deviceOwner,
      mac_address: formatMac(port.mac),
      name: port.name,
      network_id: port.networkId,
      status: port.status,
    }
  }

  /** Keys of the later releases: projects, descriptions, times, revisions, tags. */
  private later(row: Dated, more: Json, description = ''): Json {
    if (!this.api.profile.server.hasProjectKeys) return {}
    const change = this.changes.get(row.id)
    return {
      project_id: row.tenantId,
      description,
      created_at: formatIsoUtc(this.clockUs(row.createdUs)),
      updated_at: formatIsoUtc(this.clockUs(change?.atUs ?? row.createdUs)),
      revision_number: 1 + (change?.count ?? 0),
      tags: [],
      ...more,
    }
  }

  private stamp(us: number): string {
    return formatIsoUtc(this.clockUs(us)).replace('T', ' ').replace('Z', '')
  }
}

function fixedView({ subnetId, address }: FixedIp): Json {
  return { subnet_id: subnetId, ip_address: formatIpv4(address) }
}

function routeView({ destination, nextHop }: HostRoute): Json {
  return { destination: formatPrefix(destination), nexthop: formatIpv4(nextHop) }
}
