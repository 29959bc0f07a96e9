// nova-api: the objects a tenant sees and what may be asked of them. It changes rows and tells the agents; it touches no node.
import type { Ipv4Address, Ipv4Prefix } from '../../addr/ipv4.js'
import { formatIpv4, parsePrefix } from '../../addr/ipv4.js'
import type { Random } from '../../sim/random.js'
import type { CloudFlavor, CloudSpec } from '../spec.js'
import type { FloatingAddress, Keypair, SecurityGroup, SecurityRule, Server, ServerImage } from './objects.js'

/** What the API answers instead of doing it. `message` is the text of the reply's body. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

/** The agents behind the API; each call only sets work going, its effects come in virtual time. */
export interface NovaAgents {
  /** What the server's console has shown so far. */
  console(server: Server): string
  boot(server: Server, wantedHost: string | null): void
  terminate(server: Server): void
  reboot(server: Server, hard: boolean): void
  associate(floating: FloatingAddress, server: Server): void
  disassociate(floating: FloatingAddress): void
  /** Rules of a group changed: the group's members' hosts rebuild their chains. */
  groupChanged(group: SecurityGroup, what: string): void
  membersChanged(server: Server, what: string): void
}

export interface BootRequest {
  readonly name: string
  readonly image: ServerImage
  readonly flavor: CloudFlavor
  readonly keyName: string | null
  readonly groups: readonly string[]
  /** `nova:HOST` puts a server on a host. */
  readonly zone: string | null
  readonly userData: string | null
  readonly metadata: ReadonlyMap<string, string>
}

const MAX_INSTANCES = 10
const MAX_FLOATING = 10

export class NovaApi {
  /** By age, the deleted ones gone. */
  readonly servers: Server[] = []
  readonly floating: FloatingAddress[] = []
  readonly groups: SecurityGroup[] = []
  readonly keypairs: Keypair[] = []
  readonly images: ServerImage[]
  private nextInstance: number
  private nextGroup = 1
  private nextRule = 1

  constructor(
    readonly spec: CloudSpec,
    private readonly random: Random,
    private readonly clock: { readonly nowUs: number },
    private readonly agents: NovaAgents,
  ) {
    this.images = spec.images.map((image) => ({ id: image.id ?? random.uuid(), name: image.name, node: image.image }))
    this.nextInstance = Math.max(0, ...spec.servers.map((server) => server.number ?? 0)) + 1
    this.addGroup('default', 'default')
    for (const group of spec.securityGroups) {
      const made = this.groups.find(({ name }) => name === group.name) ?? this.addGroup(group.name, group.description)
      for (const { protocol, from, to, cidr } of group.rules ?? []) {
        if (protocol !== null) made.rules.push(this.makeRule(protocol, from, to, parseSource(cidr ?? '0.0.0.0/0')))
      }
    }
  }

  boot(request: BootRequest): Server {
    if (this.servers.length >= MAX_INSTANCES)
      throw new ApiError(413, 'Quota exceeded for instances: Requested 1, but already used 10 of 10 instances')
    const groups = (request.groups.length > 0 ? request.groups : ['default']).map((name) => this.group(name))
    const host = request.zone?.includes(':') === true ? request.zone.slice(request.zone.indexOf(':') + 1) : null
    const known = this.knownServer(request.name)
    const server: Server = {
      id: known?.id ?? this.random.uuid(),
      instanceId: known?.number ?? this.nextInstance++,
      name: request.name,
      image: request.image,
      flavor: request.flavor,
      keyName: request.keyName,
      securityGroups: groups,
      createdUs: this.clock.nowUs,
      adminPassword: this.password(),
      status: 'BUILD',
      taskState: 'scheduling',
      updatedUs: this.clock.nowUs,
      host: null,
      fixed: null,
      userData: request.userData,
      metadata: new Map(request.metadata),
      fault: null,
    }
    this.servers.push(server)
    this.agents.boot(server, host)
    return server
  }

  /** By uuid or by name, as the client resolves it. */
  server(wanted: string): Server {
    const byId = this.servers.find(({ id }) => id === wanted)
    if (byId !== undefined) return byId
    const named = this.servers.filter(({ name }) => name === wanted)
    if (named.length > 1) throw new ApiError(0, `Multiple server matches found for '${wanted}', use an ID to be more specific.`)
    if (named.length === 0) throw new ApiError(404, `No server with a name or ID of '${wanted}' exists.`)
    return named[0]!
  }

  image(wanted: string): ServerImage {
    const found = this.images.find(({ id, name }) => id === wanted || name === wanted)
    if (found === undefined) throw new ApiError(404, `No image with a name or ID of '${wanted}' exists.`)
    return found
  }

  flavor(wanted: string): CloudFlavor {
    const found = this.spec.flavors.find(({ id, name }) => id === wanted || name === wanted)
    if (found === undefined) throw new ApiError(404, `No flavor with a name or ID of '${wanted}' exists.`)
    return found
  }

  consoleOf(server: Server): string {
    return this.agents.console(server)
  }

  delete(server: Server): void {
    server.taskState = 'deleting'
    this.agents.terminate(server)
  }

  reboot(server: Server, hard: boolean): void {
    if (server.status !== 'ACTIVE' && server.status !== 'SHUTOFF') {
      throw new ApiError(
        409,
        `Cannot 'reboot' while instance is in vm_state ${server.status === 'BUILD' ? 'building' : server.status.toLowerCase()}`,
      )
    }
    server.status = 'REBOOT'
    server.taskState = 'rebooting'
    this.agents.reboot(server, hard)
  }

  /** The agents have taken the server off its host. */
  forget(server: Server): void {
    server.status = 'DELETED'
    const at = this.servers.indexOf(server)
    if (at >= 0) this.servers.splice(at, 1)
  }

  createFloating(pool: string | null, addresses: Iterable<Ipv4Address>): FloatingAddress {
    const wanted = pool ?? this.spec.floatingPools[0]?.name ?? 'nova'
    if (!this.spec.floatingPools.some(({ name }) => name === wanted)) throw new ApiError(404, 'Floating ip pool not found.')
    if (this.floating.length >= MAX_FLOATING)
      throw new ApiError(413, `Quota exceeded for floating_ips: Requested 1, but already used 10 of 10 floating_ips`)
    for (const address of addresses) {
      if (this.floating.some((row) => row.address === address)) continue
      const row: FloatingAddress = { address, pool: wanted, server: null }
      this.floating.push(row)
      return row
    }
    throw new ApiError(404, `Zero floating ips available in pool ${wanted}.`)
  }

  floatingAt(address: Ipv4Address): FloatingAddress {
    const row = this.floating.find((candidate) => candidate.address === address)
    if (row === undefined) throw new ApiError(404, `Floating ip not found for address ${formatIpv4(address)}.`)
    return row
  }

  deleteFloating(row: FloatingAddress): void {
    if (row.server !== null) this.disassociate(row)
    this.floating.splice(this.floating.indexOf(row), 1)
  }

  associate(server: Server, row: FloatingAddress): void {
    if (server.fixed === null) throw new ApiError(400, 'No fixed ips associated to instance')
    if (row.server === server) return
    if (row.server !== null) this.agents.disassociate(row)
    row.server = server
    this.agents.associate(row, server)
  }

  disassociate(row: FloatingAddress): void {
    if (row.server === null) return
    this.agents.disassociate(row)
    row.server = null
  }

  group(wanted: string): SecurityGroup {
    const found = this.groups.find(({ name }) => name === wanted) ?? this.groups.find(({ id }) => String(id) === wanted)
    if (found === undefined) throw new ApiError(404, `Security group ${wanted} not found for project ${this.projectId}.`)
    return found
  }

  get projectId(): string {
    return this.spec.flags.get('project_id') ?? 'demo'
  }

  createGroup(name: string, description: string): SecurityGroup {
    if (this.groups.some((group) => group.name === name)) throw new ApiError(400, `Security group ${name} already exists`)
    return this.addGroup(name, description)
  }

  deleteGroup(group: SecurityGroup): void {
    if (group.name === 'default') throw new ApiError(400, 'Unable to delete system group default')
    if (this.servers.some(({ securityGroups }) => securityGroups.includes(group))) throw new ApiError(400, 'Security group is still in use')
    this.groups.splice(this.groups.indexOf(group), 1)
  }

  addRule(
    group: SecurityGroup,
    protocol: SecurityRule['protocol'],
    ports: { from: number; to: number },
    source: SecurityRule['source'],
  ): SecurityRule {
    if (group.rules.some((rule) => sameRule(rule, protocol, ports, source))) {
      throw new ApiError(400, `This rule already exists in group ${group.id}`)
    }
    const rule = this.makeRule(protocol, ports.from, ports.to, source)
    group.rules.push(rule)
    this.agents.groupChanged(group, `rule ${rule.id} added to security group ${group.name}`)
    return rule
  }

  deleteRule(group: SecurityGroup, protocol: string, ports: { from: number; to: number }, source: SecurityRule['source']): SecurityRule {
    const at = group.rules.findIndex((rule) => sameRule(rule, protocol, ports, source))
    if (at < 0) throw new ApiError(404, 'Rule not found')
    const [rule] = group.rules.splice(at, 1)
    this.agents.groupChanged(group, `rule ${rule!.id} removed from security group ${group.name}`)
    return rule!
  }

  addServerGroup(server: Server, group: SecurityGroup): void {
    if (server.securityGroups.includes(group))
      throw new ApiError(400, `Security group ${group.id} is already associated with the instance ${server.id}`)
    server.securityGroups.push(group)
    this.agents.membersChanged(server, `security group ${group.name} added to server ${server.name}`)
  }

  removeServerGroup(server: Server, group: SecurityGroup): void {
    const at = server.securityGroups.indexOf(group)
    if (at < 0) throw new ApiError(400, `Security group ${group.id} is not associated with the instance ${server.id}`)
    server.securityGroups.splice(at, 1)
    this.agents.membersChanged(server, `security group ${group.name} removed from server ${server.name}`)
  }

  createKeypair(name: string, publicKey: string | null): Keypair {
    if (this.keypairs.some((pair) => pair.name === name)) throw new ApiError(409, `Key pair '${name}' already exists.`)
    const bytes = Array.from({ length: 16 }, () => this.random.below(256).toString(16).padStart(2, '0'))
    const pair: Keypair = { name, fingerprint: bytes.join(':'), publicKey: publicKey ?? `ssh-rsa ${bytes.join('')} ${name}` }
    this.keypairs.push(pair)
    return pair
  }

  deleteKeypair(name: string): void {
    const at = this.keypairs.findIndex((pair) => pair.name === name)
    if (at < 0) throw new ApiError(404, `Keypair ${name} could not be found`)
    this.keypairs.splice(at, 1)
  }

  private addGroup(name: string, description: string): SecurityGroup {
    const group: SecurityGroup = { id: this.nextGroup++, name, description, rules: [] }
    this.groups.push(group)
    return group
  }

  private makeRule(protocol: SecurityRule['protocol'], fromPort: number, toPort: number, source: SecurityRule['source']): SecurityRule {
    return { id: this.nextRule++, protocol, fromPort, toPort, source }
  }

  /** Values of the documents for a server of this name, unless one that lives has them. */
  private knownServer(name: string): { id: string | null; number: number | null } | undefined {
    return this.spec.servers.find(
      (known) => known.name === name && !this.servers.some(({ id, instanceId }) => id === known.id || instanceId === known.number),
    )
  }

  private password(): string {
    const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
    return Array.from({ length: 12 }, () => letters[this.random.below(letters.length)]!).join('')
  }
}

function sameRule(rule: SecurityRule, protocol: string, ports: { from: number; to: number }, source: SecurityRule['source']): boolean {
  if (rule.protocol !== protocol || rule.fromPort !== ports.from || rule.toPort !== ports.to) return false
  if ('rules' in source || 'rules' in rule.source) return rule.source === source
  return rule.source.address === source.address && rule.source.length === source.length
}

function parseSource(cidr: string): Ipv4Prefix {
  const prefix = parsePrefix(cidr)
  if (prefix === null) throw new ApiError(400, `Invalid cidr ${cidr}.`)
  return prefix
}
