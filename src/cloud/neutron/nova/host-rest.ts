// nova's API about its own processes and the hosts servers run on: os-services, os-hypervisors.
import { formatIsoUtc } from '../../../sim/calendar.js'
import { ApiError } from '../../nova/api.js'
import type { Server } from '../../nova/objects.js'
import { type Json, type Route, route } from '../../nova/rest-route.js'
import type { ServiceHost } from '../service-hosts.js'

/** A process of nova on a host. */
export interface NovaService {
  readonly binary: string
  readonly machine: ServiceHost
  isAlive(): boolean
}

export interface NovaHosts {
  /** Controllers first, then the computes. */
  novaServices(): readonly NovaService[]
}

/** What a node of the lab has; nothing measures it. */
const MEMORY_MB = 7983
const DISK_GB = 49
const CPUS = 4
/** Kept for the host itself. */
const RESERVED_MB = 512

/** The zone of what is no compute. */
const INTERNAL = 'internal'

export interface HostStyle {
  readonly isModern: boolean
  /** Availability zone by node. */
  zoneOf(node: string): string
}

interface ServiceStyle {
  readonly isModern: boolean
  readonly zone: string
}

/** A process reports every ten seconds. */
const REPORT_US = 10_000_000

export function hostRoutes(hosts: NovaHosts, servers: () => readonly Server[], { isModern, zoneOf }: HostStyle): readonly Route[] {
  const hypervisors = (): Json[] => {
    const rows = hosts.novaServices()
    const computes = rows.filter(({ binary }) => binary === 'nova-compute')
    return computes.map((service, i) => hypervisorView(service, { id: i + 1, serviceId: rows.indexOf(service) + 1 }, servers()))
  }
  const zone = ({ binary, machine }: NovaService): string => (binary === 'nova-compute' ? zoneOf(machine.name) : INTERNAL)
  return [
    route('GET', /^\/os-services$/, (_, __, query) => {
      const rows = hosts.novaServices().map((service, i) => serviceView(service, i + 1, { isModern, zone: zone(service) }))
      const wanted = (key: string, value: unknown): boolean => query.get(key) === null || query.get(key) === value
      return [200, { services: rows.filter(({ host, binary }) => wanted('host', host) && wanted('binary', binary)) }]
    }),
    route('GET', /^\/os-availability-zone(\/detail)?$/, ([detail]) => [
      200,
      { availabilityZoneInfo: zonesView(hosts.novaServices(), zone, detail !== undefined) },
    ]),
    route('GET', /^\/os-hypervisors(?:\/detail)?$/, () => [200, { hypervisors: hypervisors() }]),
    route('GET', /^\/os-hypervisors\/(\d+)$/, ([id]) => {
      const row = hypervisors().find((hypervisor) => String(hypervisor.id) === id)
      if (row === undefined) throw new ApiError(404, `Hypervisor with ID '${id}' could not be found.`)
      return [200, { hypervisor: row }]
    }),
  ]
}

function serviceView({ binary, machine, isAlive }: NovaService, id: number, { isModern, zone }: ServiceStyle): Json {
  const nowUs = machine.clockUs
  const stampUs = isAlive() ? nowUs - (nowUs % REPORT_US) : machine.clockStartUs
  return {
    ...(isModern ? { id, forced_down: false } : {}),
    binary,
    host: machine.hostname,
    zone,
    status: 'enabled',
    state: isAlive() ? 'up' : 'down',
    updated_at: formatIsoUtc(stampUs).replace(/Z$/, '.000000'),
    disabled_reason: null,
  }
}

/** Zones of the computes, and the internal one of the others when details are asked for. */
function zonesView(services: readonly NovaService[], zone: (service: NovaService) => string, isDetailed: boolean): Json[] {
  const zones = new Map<string, NovaService[]>()
  for (const service of services) {
    const name = zone(service)
    if (name !== INTERNAL || isDetailed) zones.set(name, [...(zones.get(name) ?? []), service])
  }
  return [...zones].map(([zoneName, rows]) => ({
    zoneName,
    zoneState: { available: true },
    hosts: isDetailed ? zoneHosts(rows) : null,
  }))
}

function zoneHosts(services: readonly NovaService[]): Json {
  const hosts: Record<string, Record<string, Json>> = {}
  for (const service of services) {
    const { host, updated_at } = serviceView(service, 0, { isModern: false, zone: '' })
    hosts[String(host)] = { ...hosts[String(host)], [service.binary]: { active: true, available: service.isAlive(), updated_at } }
  }
  return hosts
}

interface HypervisorIds {
  readonly id: number
  readonly serviceId: number
}

function hypervisorView({ machine, isAlive }: NovaService, { id, serviceId }: HypervisorIds, servers: readonly Server[]): Json {
  const here = servers.filter(({ host }) => host === machine.hostname)
  const usedMb = here.reduce((sum, { flavor }) => sum + flavor.ramMb, RESERVED_MB)
  const usedGb = here.reduce((sum, { flavor }) => sum + flavor.diskGb, 0)
  return {
    id,
    hypervisor_hostname: machine.hostname,
    hypervisor_type: 'QEMU',
    hypervisor_version: 2000000,
    host_ip: machine.address,
    state: isAlive() ? 'up' : 'down',
    status: 'enabled',
    vcpus: CPUS,
    vcpus_used: here.reduce((sum, { flavor }) => sum + flavor.vcpus, 0),
    memory_mb: MEMORY_MB,
    memory_mb_used: usedMb,
    free_ram_mb: MEMORY_MB - usedMb,
    local_gb: DISK_GB,
    local_gb_used: usedGb,
    free_disk_gb: DISK_GB - usedGb,
    disk_available_least: DISK_GB - usedGb,
    running_vms: here.filter(({ status }) => status === 'ACTIVE').length,
    current_workload: here.filter(({ taskState }) => taskState !== null).length,
    cpu_info: '',
    service: { id: serviceId, host: machine.hostname, disabled_reason: null },
  }
}
