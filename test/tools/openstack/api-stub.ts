// A cloud's API for the tests of its clients: keystone v2 and v3, neutron, nova and glance on one port, answering from rows of a file.
import { readFileSync } from 'node:fs'
import { parseIpv4 } from '../../../src/addr/ipv4.js'
import type { HttpReply, HttpRequest } from '../../../src/node/daemons/http.js'
import { startHttpServer } from '../../../src/node/daemons/http.js'
import type { Machine } from '../../../src/node/machine.js'

export type Row = Record<string, unknown>

interface Fixture {
  readonly project: string
  readonly rows: Record<string, Row[]>
}

export const STUB_URL = 'http://10.0.0.2:15000'

export class ApiStub {
  private readonly fixture: Fixture
  /** `METHOD path body` of every request. */
  readonly log: string[] = []

  constructor(machine: Machine, rows = 'rows.json') {
    this.fixture = JSON.parse(readFileSync(`test/golden/openstack/${rows}`, 'utf8')) as Fixture
    startHttpServer(machine, { address: parseIpv4('0.0.0.0')!, port: 15000, argv: ['api'] }, (request) => this.answer(request))
  }

  private rows(name: string): Row[] {
    return this.fixture.rows[name] ?? []
  }

  private answer(request: HttpRequest): HttpReply {
    this.log.push(`${request.method} ${request.path} ${request.body}`)
    const [path = '', query = ''] = request.path.split('?')
    const words = path.split('/').filter((word) => word !== '')
    const body = request.body === '' ? {} : (JSON.parse(request.body) as Row)
    const filters = [...new URLSearchParams(query)]
    switch (words[0]) {
      case 'v2.0':
        return this.tokenV2()
      case 'v3':
        return this.identity(words, filters)
      case 'net':
        return this.network(request.method, words.slice(2), filters, body)
      case 'nova':
        return this.compute(request.method, words.slice(2), filters, body)
      case 'img':
        return this.image(words.slice(2), filters)
      default:
        return reply(404, { error: { message: `no such path ${path}`, code: 404 } })
    }
  }

  private tokenV2(): HttpReply {
    const service = (type: string, url: string): Row => ({
      type,
      name: type,
      endpoints: [{ region: 'RegionOne', publicURL: STUB_URL + url }],
    })
    const token = { id: 'token', expires: '2014-05-06T09:08:09Z', tenant: { id: this.fixture.project, name: 'admin' } }
    const serviceCatalog = [service('network', '/net'), service('compute', `/nova/${this.fixture.project}`), service('image', '/img')]
    return reply(200, { access: { token, user: { id: '9f8e7d6c5b4a39281706f5e4d3c2b1a0' }, serviceCatalog } })
  }

  private identity(words: string[], filters: [string, string][]): HttpReply {
    const { project } = this.fixture
    if (words[1] === 'projects') {
      const row = { id: project, name: 'admin', domain_id: 'default', description: 'Bootstrap project for initializing the cloud.' }
      const whole = { ...row, enabled: true, is_domain: false, parent_id: 'default', tags: [], options: {}, links: {} }
      if (words[2] !== undefined)
        return words[2] === project ? reply(200, { project: whole }) : reply(404, { error: { message: 'x', code: 404 } })
      return reply(200, { projects: [whole].filter((found) => matches(found, filters)) })
    }
    if (words[1] === 'users') {
      const user = { id: '9f8e7d6c5b4a39281706f5e4d3c2b1a0', name: 'admin', domain_id: 'default', enabled: true }
      const whole = { ...user, options: {}, password_expires_at: null, links: {} }
      return words[2] === undefined ? reply(200, { users: [whole] }) : reply(200, { user: whole })
    }
    const service = (type: string, url: string): Row => ({
      type,
      name: type,
      endpoints: [{ interface: 'public', region: 'RegionOne', url: STUB_URL + url }],
    })
    const catalog = [service('network', '/net'), service('compute', '/nova/v2.1'), service('image', '/img'), service('identity', '/v3/')]
    const token = {
      project: { id: project, name: 'admin' },
      user: { id: '9f8e7d6c5b4a39281706f5e4d3c2b1a0' },
      expires_at: '2019-05-06T09:08:09.000000Z',
      catalog,
    }
    return reply(201, { token }, [['X-Subject-Token', 'gAAAAABtoken']])
  }

  private network(method: string, words: string[], filters: [string, string][], body: Row): HttpReply {
    const [collection = '', id, action] = words.map((word) => word.replace(/\.json$/, ''))
    const plural = collection.replace(/-/g, '_')
    const resource = plural.replace(/s$/, '')
    if (action !== undefined) return this.networkAction(collection, id!, action, body)
    const all = this.rows(plural)
    if (plural === 'availability_zones')
      return reply(200, { availability_zones: [{ name: 'nova', state: 'available', resource: 'network' }] })
    if (method === 'POST' && (body[resource] as Row).name === 'conflict') {
      return fault(409, 'OverQuota', "Quota exceeded for resources: ['network'].")
    }
    if (method === 'POST') {
      const fresh = { ...all[0], id: '00000abc-0000-4000-8000-000000000abc', ...(collection === 'networks' ? { subnets: [] } : {}) }
      return reply(201, { [resource]: { ...fresh, ...(body[resource] as Row) } })
    }
    if (id === undefined) return reply(200, { [plural]: all.filter((row) => matches(row, filters)).map((row) => fieldsOf(row, filters)) })
    const row = all.find((found) => (found.id ?? found.alias) === id)
    if (row === undefined) {
      const name = resource.replace(/_/g, ' ')
      const message = `${name[0]!.toUpperCase()}${name.slice(1)} ${id} could not be found.`
      return fault(404, `${name.replace(/(^| )(\w)/g, (_, __, letter: string) => letter.toUpperCase())}NotFound`, message)
    }
    if (method === 'GET') return reply(200, { [resource]: row })
    if (method === 'PUT') return reply(200, { [resource]: { ...row, ...(body[resource] as Row) } })
    if (collection === 'networks' && (row.subnets as string[]).length > 0) {
      return fault(
        409,
        'NetworkInUse',
        `Unable to complete operation on network ${id}. There are one or more ports still in use on the network.`,
      )
    }
    return reply(204, null)
  }

  private networkAction(collection: string, id: string, action: string, body: Row): HttpReply {
    if (action.endsWith('_extraroutes')) {
      const row = this.rows('routers').find((found) => found.id === id)
      return reply(200, { router: { ...row, ...(body.router as Row) } })
    }
    if (action.endsWith('router_interface')) return reply(200, { id, ...body, port_id: '00000099-0000-4000-8000-000000000099' })
    if (action === 'dhcp-networks') return reply(200, { networks: this.rows('networks').slice(0, 1) })
    if (action === 'l3-routers') return reply(200, { routers: this.rows('routers').slice(0, 1) })
    const kind = action === 'l3-agents' ? 'L3 agent' : 'DHCP agent'
    if (collection === 'networks' || collection === 'routers')
      return reply(200, { agents: this.rows('agents').filter((row) => row.agent_type === kind) })
    return reply(404, null)
  }

  private compute(method: string, words: string[], filters: [string, string][], body: Row): HttpReply {
    const plural = words[0]!.replace(/^os-/, '')
    const [, id, action] = words
    if (plural === 'availability-zone') return reply(200, { availabilityZoneInfo: ZONES })
    if (action === 'os-instance-actions') {
      const rows = ACTIONS.map((row) => ({ ...row, instance_uuid: id }))
      return words[3] === undefined ? reply(200, { instanceActions: rows }) : reply(200, { instanceAction: { ...rows[0], events: [] } })
    }
    if (action === 'metadata') return method === 'DELETE' ? reply(204, null) : reply(200, { metadata: {} })
    if (action === 'os-interface') return reply(200, { interfaceAttachments: INTERFACES })
    if (action === 'action') return 'os-getConsoleOutput' in body ? reply(200, { output: 'one\ntwo\nthree\n' }) : reply(202, null)
    if (method === 'POST') {
      const fresh = { ...this.rows('servers')[1], ...NEW_SERVER, name: (body.server as Row).name }
      this.rows('servers').push(fresh)
      return reply(202, { server: fresh })
    }
    if (id === undefined || id === 'detail') {
      return reply(200, {
        [plural]: this.rows(plural).filter((row) =>
          matches(
            row,
            filters.filter(([key]) => key === 'name'),
          ),
        ),
      })
    }
    const row = this.rows(plural).find((found) => String(found.id) === id)
    if (row === undefined) return reply(404, { itemNotFound: { code: 404, message: `Instance ${id} could not be found.` } })
    return method === 'GET' ? reply(200, { [plural.replace(/s$/, '')]: row }) : reply(204, null)
  }

  private image(words: string[], filters: [string, string][]): HttpReply {
    const rows = this.rows('images')
    if (words[1] === undefined) return reply(200, { images: rows.filter((row) => matches(row, filters)) })
    const row = rows.find(({ id }) => id === words[1])
    return row === undefined ? reply(404, null) : reply(200, row)
  }
}

const INTERFACES = [
  {
    port_state: 'ACTIVE',
    port_id: '00000021-0000-4000-8000-000000000021',
    net_id: '00000001-0000-4000-8000-000000000001',
    mac_addr: 'fa:16:3e:00:00:21',
    fixed_ips: [{ subnet_id: '00000011-0000-4000-8000-000000000011', ip_address: '10.0.0.7' }],
  },
]

function zone(zoneName: string, host: string, service: string): Row {
  const state = { active: true, available: true, updated_at: '2019-05-06T08:09:10.000000' }
  return { zoneName, zoneState: { available: true }, hosts: { [host]: { [service]: state } } }
}

const ZONES = [zone('internal', 'controller', 'nova-conductor'), zone('nova', 'compute01', 'nova-compute')]

const ACTIONS = ['live-migration', 'create'].map((action, i) => ({
  action,
  request_id: `req-00000001-0000-4000-8000-00000000000${1 - i}`,
  user_id: '9f8e7d6c5b4a39281706f5e4d3c2b1a0',
  project_id: '1f2e3d4c5b6a79880918273645546372',
  start_time: i === 0 ? '2019-05-06T08:09:10.000000' : '2019-05-06T07:08:09.000000',
  message: null,
}))

const NEW_SERVER = {
  id: '00000abc-0000-4000-8000-000000000abc',
  status: 'BUILD',
  addresses: {},
  adminPass: 'aBcDeFgHiJkL',
  'OS-EXT-STS:task_state': 'scheduling',
  'OS-EXT-STS:vm_state': 'building',
  'OS-EXT-STS:power_state': 0,
  'OS-SRV-USG:launched_at': null,
  'OS-EXT-SRV-ATTR:host': null,
  'OS-EXT-SRV-ATTR:hypervisor_hostname': null,
  hostId: '',
}

const NO_FILTERS = ['fields', 'limit', 'marker', 'sort_key', 'sort_dir', 'verbose']

function matches(row: Row, filters: readonly [string, string][]): boolean {
  const wanted = filters.filter(([key]) => !NO_FILTERS.includes(key))
  return wanted.every(([key]) => wanted.some(([other, value]) => other === key && String(row[key]).toLowerCase() === value.toLowerCase()))
}

function fieldsOf(row: Row, filters: readonly [string, string][]): Row {
  const fields = filters.filter(([key]) => key === 'fields').map(([, value]) => value)
  return fields.length === 0 ? row : Object.fromEntries(Object.entries(row).filter(([key]) => fields.includes(key)))
}

function fault(status: number, type: string, message: string): HttpReply {
  return reply(status, { NeutronError: { type, message, detail: '' } })
}

function reply(status: number, body: Row | null, headers: readonly (readonly [string, string])[] = []): HttpReply {
  return { status, body: body === null ? '' : JSON.stringify(body), headers: [['Content-Type', 'application/json'], ...headers] }
}
