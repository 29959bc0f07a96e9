// nova 2.17 (Icehouse) and 13 (Stein): what a subcommand gets, and the conversation with nova-api.
import type { ParsedArguments } from '../../../grammar/argparse.js'
import type { Process } from '../../../node/process.js'
import { prettyTable } from '../pretty-table.js'
import { ClientError } from '../shared/formatters.js'
import { ConnectFailure, type HttpAnswer, parseUrl } from '../shared/http.js'
import { learnNames } from '../shared/names.js'
import { isList, isObject, type Json, type JsonObject, jsonDumps, pythonText } from '../shared/python.js'
import { type ClientRelease, isModernRelease } from '../shared/release.js'
import { AuthFailure, connectFailureText, type Service, type Session } from '../shared/session.js'

/** The class of the client's exception; later releases print it. */
export class NovaFault extends ClientError {
  constructor(
    message: string,
    readonly kind = 'CommandError',
  ) {
    super(message)
  }
}

const FAULT_CLASS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  413: 'OverLimit',
  501: 'HTTPNotImplemented',
}

export class LaterNova {
  constructor(
    readonly proc: Process,
    readonly release: ClientRelease,
    readonly parsed: ParsedArguments,
    private readonly session: Session,
  ) {}

  get isModern(): boolean {
    return isModernRelease(this.release)
  }

  async ask(method: string, path: string, body?: Json, service: Service = 'compute'): Promise<JsonObject> {
    const answer = await this.reached(() => this.session.ask(service, method, path, body))
    if (answer.status >= 400) throw this.fault(answer)
    return isObject(answer.json) ? answer.json : {}
  }

  /** Null when there is none. */
  async maybe(path: string, service: Service = 'compute'): Promise<JsonObject | null> {
    const answer = await this.reached(() => this.session.ask(service, 'GET', path))
    return answer.status < 400 && isObject(answer.json) ? answer.json : null
  }

  async rows(path: string, key: string, service: Service = 'compute'): Promise<JsonObject[]> {
    const found = (await this.ask('GET', path, undefined, service))[key]
    const rows = (isList(found) ? found : []) as unknown as JsonObject[]
    if (key === 'servers' || key === 'flavors' || key === 'images') learnNames(this.proc.machine, key.slice(0, -1), rows)
    return rows
  }

  private async reached(ask: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    try {
      return await ask()
    } catch (error) {
      if (error instanceof AuthFailure) {
        if (this.isModern) throw new NovaFault(`${error.message} (HTTP ${error.status})`, FAULT_CLASS[error.status] ?? 'ClientException')
        throw new NovaFault('Invalid OpenStack Nova credentials.')
      }
      if (!(error instanceof ConnectFailure)) throw error
      if (this.isModern) throw new NovaFault(connectFailureText(this.proc, error, this.release.python), 'ConnectFailure')
      const url = parseUrl(error.url)
      const path = error.url.replace(/^http:\/\/[^/]+/, '')
      const cause = error.reason.startsWith('[Errno -') ? 'socket.gaierror' : 'socket.error'
      throw new NovaFault(
        `HTTPConnectionPool(host='${url?.host ?? ''}', port=${url?.port ?? 80}): Max retries exceeded with url: ${path} (Caused by <class '${cause}'>: ${error.reason})`,
      )
    }
  }

  private fault(answer: HttpAnswer): NovaFault {
    const reply = isObject(answer.json) ? Object.values(answer.json)[0] : undefined
    const message = isObject(reply) ? String(reply.message) : 'n/a'
    const id = answer.headers.get('x-compute-request-id') ?? answer.headers.get('x-openstack-request-id')
    const text = `${message} (HTTP ${answer.status})${id === undefined ? '' : ` (Request-ID: ${id})`}`
    return new NovaFault(text, FAULT_CLASS[answer.status] ?? 'ClientException')
  }

  async findServer(wanted: string): Promise<JsonObject> {
    if (UUID.test(wanted)) {
      const found = (await this.maybe(`/servers/${wanted}`))?.server
      if (isObject(found)) return found
    }
    const named = (await this.rows('/servers/detail', 'servers')).filter(({ name }) => name === wanted)
    const row = this.single(named, 'server', wanted)
    return (await this.ask('GET', `/servers/${row.id}`)).server as JsonObject
  }

  async findFlavor(wanted: string): Promise<JsonObject> {
    const rows = await this.rows('/flavors/detail', 'flavors')
    return (
      rows.find(({ id }) => String(id) === wanted) ??
      this.single(
        rows.filter(({ name }) => name === wanted),
        'flavor',
        wanted,
      )
    )
  }

  /** Nova's own list of images once, glance's later. */
  async images(): Promise<JsonObject[]> {
    return this.isModern ? this.rows('/v2/images', 'images', 'image') : this.rows('/images/detail', 'images')
  }

  async findImage(wanted: string): Promise<JsonObject> {
    const rows = await this.images()
    return (
      rows.find(({ id }) => id === wanted) ??
      this.single(
        rows.filter(({ name }) => name === wanted),
        'image',
        wanted,
      )
    )
  }

  private single(rows: readonly JsonObject[], kind: string, wanted: string): JsonObject {
    if (rows.length > 1) throw new NovaFault(`Multiple ${kind} matches found for '${wanted}', use an ID to be more specific.`)
    if (rows[0] === undefined) throw new NovaFault(`No ${kind} with a name or ID of '${wanted}' exists.`)
    return rows[0]
  }

  // --- output

  /** Rows as the client prints a list: None is `-`; `sortBy` is the column to sort by. */
  list(columns: readonly string[], rows: readonly (readonly Json[])[], sortBy: number | null = null): void {
    const texts = rows.map((row) => row.map((cell) => (cell === null ? '-' : pythonText(cell, this.release.python))))
    if (sortBy !== null) texts.sort((a, b) => compare(a[sortBy]!, b[sortBy]!) || compare(a.join('\0'), b.join('\0')))
    for (const line of prettyTable(columns, texts, { centreHeadings: false })) this.proc.line(line)
  }

  dict(values: JsonObject): void {
    const rows = Object.keys(values)
      .sort()
      .map((key) => [key, this.cellText(values[key]!)])
    for (const line of prettyTable(['Property', 'Value'], rows, { centreHeadings: false })) this.proc.line(line)
  }

  private cellText(value: Json): string {
    if (value === null) return '-'
    return typeof value === 'object' ? jsonDumps(value, this.release.python) : pythonText(value, this.release.python)
  }
}

export const UUID = /^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$/

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export interface LaterCommand {
  readonly name: string
  readonly summary: string
  /** Arguments as their usage (argparse-text.ts); a function where the releases differ. */
  readonly usage: string | ((isModern: boolean) => string)
  /** Went with nova-network and its proxies. */
  readonly isGone?: true
  readonly run: (nova: LaterNova) => Promise<void>
}
