// nova-api: the objects a tenant sees and what may be asked of them. It changes rows and tells the agents; it touches no node.
import type { Random } from '../../sim/random.js'
import type { CloudFlavor, CloudServer, CloudSpec } from '../spec.js'
import type { NovaNetwork } from './network.js'
import { type Keypair, type Server, type ServerAction, type ServerImage, VM_STATE } from './objects.js'
import type { NovaRelease } from './release.js'

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
  /** null: the cloud cannot switch servers off and on (the release's client has no words for it here). */
  readonly power: { stop(server: Server): void; start(server: Server): void } | null
  /** null: servers stay where they are. */
  readonly migration: { live(server: Server, request: LiveMigrationRequest): void } | null
}

export interface LiveMigrationRequest {
  /** null: the scheduler chooses. */
  readonly host: string | null
  /** Copies the disks too; null: as the hosts' storage needs it. */
  readonly copiesDisks: boolean | null
  /** Past the scheduler: how a host was given before microversion 2.30. */
  readonly isForced: boolean
  /** From 2.34 on nobody waits for the checks: what they find ends in the server's events. */
  readonly isAsync: boolean
}

export interface BootRequest {
  readonly name: string
  readonly image: ServerImage
  readonly bootVolume?: string | null
  readonly flavor: CloudFlavor
  readonly keyName: string | null
  readonly groups: readonly string[]
  /** `nova:HOST` puts a server on a host. */
  readonly zone: string | null
  readonly userData: string | null
  readonly metadata: ReadonlyMap<string, string>
  /** neutron: what the server is to be plugged into; null: not said. */
  readonly nics: readonly NicRequest[] | null
}

/** One of a network (by id or name), a port; an address on the network. */
export interface NicRequest {
  readonly network: string | null
  readonly portId: string | null
  readonly address: string | null
  /** A port that goes with the server though it was there before. */
  readonly goesWithServer?: boolean
}

/** Unless the scenario's flag `quota_instances` says otherwise. */
const MAX_INSTANCES = 10

export class NovaApi<N extends NovaNetwork = NovaNetwork> {
  /** By age, the deleted ones gone. */
  readonly servers: Server[] = []
  readonly keypairs: Keypair[] = []
  /** By server's id, oldest first; those of deleted servers stay. */
  readonly actions = new Map<string, ServerAction[]>()
  readonly images: ServerImage[]
  private nextInstance: number
  /** The documents' servers by name. */
  private readonly documented = new Map<string, CloudServer[]>()
  /** Apart from what servers are drawn with. */
  private readonly requests: Random

  constructor(
    readonly spec: CloudSpec,
    private readonly random: Random,
    private readonly clock: { readonly nowUs: number },
    private readonly agents: NovaAgents,
    readonly network: N,
    readonly release: NovaRelease,
  ) {
    this.requests = random.fork('requests')
    for (const server of spec.servers) this.documented.set(server.name, [...(this.documented.get(server.name) ?? []), server])
    this.images = spec.images.map((image) => ({ id: image.id ?? random.uuid(), name: image.name, node: image.image }))
    this.nextInstance = Math.max(0, ...spec.servers.map((server) => server.number ?? 0)) + 1
  }

  boot(request: BootRequest): Server {
    const limit = Number(this.spec.flags.get('quota_instances') ?? MAX_INSTANCES)
    if (this.servers.length >= limit) {
      const status = this.release.maxMicroversion === null ? 413 : 403
      throw new ApiError(status, `Quota exceeded for instances: Requested 1, but already used ${limit} of ${limit} instances`)
    }
    const host = request.zone?.includes(':') === true ? request.zone.slice(request.zone.indexOf(':') + 1) : null
    const known = this.knownServer(request.name)
    const server: Server = {
      id: known?.id ?? this.random.uuid(),
      instanceId: known?.number ?? this.nextInstance++,
      name: request.name,
      image: request.image,
      bootVolume: request.bootVolume ?? null,
      flavor: request.flavor,
      keyName: request.keyName,
      securityGroups: [],
      nics: [],
      services: known?.services ?? [],
      machineName: known?.node ?? null,
      createdUs: this.clock.nowUs,
      adminPassword: this.password(),
      status: 'BUILD',
      taskState: 'scheduling',
      updatedUs: this.clock.nowUs,
      launchedUs: null,
      host: null,
      fixed: null,
      userData: request.userData,
      metadata: new Map(request.metadata),
      fault: null,
    }
    this.network.accept(server, request)
    this.servers.push(server)
    this.note(server, 'create')
    this.agents.boot(server, host)
    return server
  }

  /** Of the host that it runs on. */
  zoneOf({ host }: Server): string {
    return this.spec.agents.find(({ node }) => node === host)?.zone ?? 'nova'
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
    this.note(server, 'delete')
    this.agents.terminate(server)
  }

  reboot(server: Server, hard: boolean): void {
    if (server.status !== 'ACTIVE' && server.status !== 'SHUTOFF') throw this.wrongState('reboot', server)
    this.note(server, 'reboot')
    server.status = 'REBOOT'
    server.taskState = 'rebooting'
    this.agents.reboot(server, hard)
  }

  /** Off and on again; `wanted` is what the server must be for it. */
  switchPower(server: Server, action: 'stop' | 'start'): void {
    const wanted = action === 'stop' ? 'ACTIVE' : 'SHUTOFF'
    if (this.agents.power === null) throw new ApiError(400, `There is no such action: os-${action}`)
    if (server.status !== wanted) throw this.wrongState(action, server)
    this.note(server, action)
    server.taskState = action === 'stop' ? 'powering-off' : 'powering-on'
    this.agents.power[action](server)
  }

  liveMigrate(server: Server, request: LiveMigrationRequest): void {
    const { migration } = this.agents
    if (migration === null) throw new ApiError(400, 'There is no such action: os-migrateLive')
    if (server.status !== 'ACTIVE') throw this.wrongState('os-migrateLive', server)
    migration.live(server, request)
  }

  /** The last thing that was asked of the server came to nothing. */
  actionFailed(server: Server): void {
    const last = this.actions.get(server.id)?.at(-1)
    if (last !== undefined) last.message = 'Error'
  }

  /** cinder's part: a volume made of an image for a server that boots from it. */
  newVolume(): string {
    return this.requests.uuid()
  }

  /** For `server event list`. */
  note(server: Server, action: string): void {
    const all = this.actions.get(server.id) ?? []
    this.actions.set(server.id, all)
    all.push({ action, requestId: `req-${this.requests.uuid()}`, startUs: this.clock.nowUs, message: null })
  }

  private wrongState(action: string, server: Server): ApiError {
    const state = VM_STATE[server.status]
    const { namesInstance } = this.release
    const where = namesInstance ? `instance ${server.id} while it is` : 'while instance is'
    if (server.status === 'MIGRATING') return new ApiError(409, `Cannot '${action}' ${where} in task_state ${server.taskState}`)
    return new ApiError(409, `Cannot '${action}' ${where} in vm_state ${state}`)
  }

  /** The agents have taken the server off its host. */
  forget(server: Server): void {
    server.status = 'DELETED'
    const at = this.servers.indexOf(server)
    if (at >= 0) this.servers.splice(at, 1)
  }

  get projectId(): string {
    return this.spec.flags.get('project_id') ?? 'demo'
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

  /** Values of the documents for a server of this name, unless one that lives has them. */
  private knownServer(name: string): CloudServer | undefined {
    const isFree = (known: CloudServer): boolean =>
      (known.id === null && known.number === null) ||
      !this.servers.some(({ id, instanceId }) => id === known.id || instanceId === known.number)
    return this.documented.get(name)?.find(isFree)
  }

  private password(): string {
    const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
    return Array.from({ length: 12 }, () => letters[this.random.below(letters.length)]!).join('')
  }
}
