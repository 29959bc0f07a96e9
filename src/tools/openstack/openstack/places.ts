// openstack availability zone and user: where things may be, and who asks for them.
import type { Cell } from '../shared/cells.js'
import { ClientError } from '../shared/formatters.js'
import { isObject, type JsonObject } from '../shared/python.js'
import { rowsOf } from './api.js'
import type { OpenStackCall, OpenStackCommand } from './command.js'

const LONG = ['Zone Resource', 'Host Name', 'Service Name', 'Service Status']

async function listZones(call: OpenStackCall): Promise<void> {
  const { parsed } = call
  const isAll = !parsed.has('compute') && !parsed.has('network') && !parsed.has('volume')
  const rows: Cell[][] = []
  if (parsed.has('compute') || isAll) rows.push(...(await computeZones(call)))
  if (parsed.has('network') || isAll) rows.push(...(await networkZones(call)))
  const columns = ['Zone Name', 'Zone Status']
  const isLong = parsed.has('long')
  call.list(isLong ? [...columns, ...LONG] : columns, isLong ? rows : rows.map((row) => row.slice(0, 2)))
}

async function computeZones({ api, parsed }: OpenStackCall): Promise<Cell[][]> {
  const zones = rowsOf(await api.compute('GET', '/os-availability-zone/detail'), 'availabilityZoneInfo')
  return zones.flatMap((zone): Cell[][] => {
    const { available } = (zone.zoneState ?? {}) as JsonObject
    const head: Cell[] = [zone.zoneName!, available === true ? 'available' : 'not available']
    const hosts = isObject(zone.hosts) ? Object.entries(zone.hosts) : []
    if (!parsed.has('long') || hosts.length === 0) return [[...head, '', '', '', '']]
    return hosts.flatMap(([host, services]) =>
      Object.entries(services as JsonObject).map(([name, state]) => [...head, '', host, name, stateText(state as JsonObject)]),
    )
  })
}

function stateText({ active, available, updated_at: at }: JsonObject): string {
  return `${active === true ? 'enabled' : 'disabled'} ${available === true ? ':-)' : 'XXX'} ${at ?? ''}`
}

/** Only where neutron has the extension. */
async function networkZones({ api }: OpenStackCall): Promise<Cell[][]> {
  const known = await api.list('extension')
  if (!known.some(({ alias }) => alias === 'availability_zone')) return []
  const zones = rowsOf((await api.network('GET', '/availability_zones')) as JsonObject, 'availability_zones')
  return zones.map(({ name, state, resource }) => [name!, state!, resource ?? '', '', '', ''])
}

async function usersOf({ api }: OpenStackCall): Promise<JsonObject[]> {
  return rowsOf(await api.identity('/users'), 'users')
}

async function listUsers(call: OpenStackCall): Promise<void> {
  const rows = await usersOf(call)
  const isLong = call.parsed.has('long')
  call.list(
    isLong ? ['ID', 'Name', 'Project', 'Domain', 'Description', 'Email', 'Enabled'] : ['ID', 'Name'],
    rows.map((row): Cell[] => {
      const head: Cell[] = [row.id!, row.name!]
      return isLong
        ? [...head, row.default_project_id ?? '', row.domain_id ?? '', row.description ?? '', row.email ?? '', row.enabled ?? null]
        : head
    }),
  )
}

async function showUser(call: OpenStackCall): Promise<void> {
  const wanted = call.parsed.text('user')
  const row = (await usersOf(call)).find(({ id, name }) => id === wanted || name === wanted)
  if (row === undefined) throw new ClientError(`No user with a name or ID of '${wanted}' exists.`)
  const { links: _, ...fields } = row
  call.show(fields)
}

export const placeCommands: readonly OpenStackCommand[] = [
  {
    words: 'availability zone list',
    kind: 'list',
    summary: 'List availability zones and their status',
    usage: '[--compute] [--network] [--volume] [--long]',
    run: listZones,
  },
  {
    words: 'user list',
    kind: 'list',
    summary: 'List users',
    usage: '[--domain <domain>] [--group <group> | --project <project>] [--long]',
    run: listUsers,
  },
  { words: 'user show', kind: 'show', summary: 'Display user details', usage: '[--domain <domain>] <user>', run: showUser },
]
