// openstack server migrate, event, and what else is done to a server that is there.
import type { Cell } from '../shared/cells.js'
import { ClientError } from '../shared/formatters.js'
import { isObject, type Json, type JsonObject } from '../shared/python.js'
import { rowsOf } from './api.js'
import type { OpenStackCall, OpenStackCommand } from './command.js'

const DISKS = '[--shared-migration | --block-migration] [--disk-overcommit | --no-disk-overcommit] [--wait]'

async function migrate(call: OpenStackCall): Promise<void> {
  const { parsed, api, proc } = call
  const server = await api.findServer(parsed.text('server'))
  const isLive = parsed.has('live-migration') || parsed.has('live')
  if (isLive) await api.compute('POST', `/servers/${server.id}/action`, { 'os-migrateLive': liveBody(call) })
  else {
    checkCold(call)
    throw new NotHere('a server is moved only while it runs: give --live-migration')
  }
  if (!parsed.has('wait')) return
  for (;;) {
    const { status } = (await api.compute('GET', `/servers/${server.id}`)).server as JsonObject
    if (status === 'ACTIVE' || status === 'VERIFY_RESIZE') break
    if (status === 'ERROR') throw new ClientError(`Error migrating server: ${server.id}`)
    await proc.sleep(5_000_000)
  }
  proc.line('Complete')
}

/** netlab lacks it: one line, exit code 126. */
export class NotHere extends Error {}

function liveBody({ parsed, api, proc, isLater }: OpenStackCall): Json {
  const minor = api.session.novaMinor
  if (parsed.has('live') && isLater) {
    proc.error('The --live option has been deprecated. Please use the --live-migration option instead.')
  }
  let host = parsed.value('live')
  if (parsed.has('live-migration')) {
    host = parsed.value('host')
    if (host !== null && minor < 30) throw new ClientError('--os-compute-api-version 2.30 or greater is required when using --host')
  }
  const body: Record<string, Json> = { host, block_migration: parsed.has('block-migration') }
  if (minor < 25) body.disk_over_commit = parsed.has('disk-overcommit')
  return body
}

function checkCold({ parsed, api, isLater }: OpenStackCall): void {
  if (parsed.has('block-migration') || parsed.has('disk-overcommit')) {
    const option = isLater ? '--live-migration' : '--live'
    throw new ClientError(`${option} must be specified if --block-migration or --disk-overcommit is specified`)
  }
  if (parsed.value('host') !== null && api.session.novaMinor < 56) {
    throw new ClientError('--os-compute-api-version 2.56 or greater is required to use --host without --live-migration.')
  }
}

async function listEvents(call: OpenStackCall): Promise<void> {
  const { api, parsed } = call
  const server = await api.findServer(parsed.text('server'))
  const rows = rowsOf(await api.compute('GET', `/servers/${server.id}/os-instance-actions`), 'instanceActions')
  const columns = ['Request ID', 'Server ID', 'Action', 'Start Time']
  const isLong = parsed.has('long')
  call.list(
    isLong ? [...columns, 'Message', 'Project ID', 'User ID'] : columns,
    rows.map((row) => {
      const cells: Cell[] = [row.request_id!, row.instance_uuid!, row.action!, row.start_time!]
      return isLong ? [...cells, row.message ?? null, row.project_id ?? null, row.user_id ?? null] : cells
    }),
  )
}

async function showEvent(call: OpenStackCall): Promise<void> {
  const { api, parsed } = call
  const server = await api.findServer(parsed.text('server'))
  const { instanceAction } = await api.compute('GET', `/servers/${server.id}/os-instance-actions/${parsed.text('request-id')}`)
  call.show(isObject(instanceAction) ? instanceAction : {})
}

async function setServer(call: OpenStackCall): Promise<void> {
  const { api, parsed } = call
  const server = await api.findServer(parsed.text('server'))
  if (parsed.value('name') !== null) await api.compute('PUT', `/servers/${server.id}`, { server: { name: parsed.text('name') } })
  if (parsed.has('property'))
    await api.compute('POST', `/servers/${server.id}/metadata`, { metadata: propertiesOf(parsed.values('property')) })
  if (parsed.has('state')) throw new NotHere('--state: a server is what it is')
  if (parsed.has('root-password')) throw new NotHere('--root-password: nobody in the server would take it')
  if (parsed.value('description') === null) return
  if (api.session.novaMinor < 19) throw new ClientError('Description is not supported for --os-compute-api-version less than 2.19')
  throw new NotHere('--description: servers have none')
}

export function propertiesOf(texts: readonly string[]): JsonObject {
  return Object.fromEntries(texts.map((text) => text.split(/=(.*)/s, 2) as [string, string]))
}

async function unsetServer(call: OpenStackCall): Promise<void> {
  const { api, parsed } = call
  const server = await api.findServer(parsed.text('server'))
  for (const key of parsed.values('property')) await api.compute('DELETE', `/servers/${server.id}/metadata/${encodeURIComponent(key)}`)
}

async function addFixedIp(call: OpenStackCall): Promise<void> {
  const { api, parsed } = call
  const server = await api.findServer(parsed.text('server'))
  const attachment: Record<string, Json> = { net_id: await api.findId('network', parsed.text('network')) }
  const address = parsed.value('fixed-ip-address')
  if (address !== null) attachment.fixed_ips = [{ ip_address: address }]
  await api.compute('POST', `/servers/${server.id}/os-interface`, { interfaceAttachment: attachment })
}

export const serverActionCommands: readonly OpenStackCommand[] = [
  {
    words: 'server migrate',
    kind: 'act',
    summary: 'Migrate server to different host',
    usage: (isLater) =>
      isLater ? `<server> [--live-migration] [--live <hostname> | --host <hostname>] ${DISKS}` : `<server> [--live <hostname>] ${DISKS}`,
    run: migrate,
  },
  {
    words: 'server event list',
    kind: 'list',
    summary: 'List recent events of a server',
    usage: '<server> [--long]',
    run: listEvents,
  },
  {
    words: 'server event show',
    kind: 'show',
    summary: 'Show server event details',
    usage: '<server> <request-id>',
    run: showEvent,
  },
  {
    words: 'server set',
    kind: 'act',
    summary: 'Set server properties',
    usage: (isLater) =>
      `<server> [--name <new-name>] [--root-password] [--property <key=value>*] [--state <state>]${isLater ? ' [--description <description>]' : ''}`,
    run: setServer,
  },
  {
    words: 'server unset',
    kind: 'act',
    summary: 'Unset server properties',
    usage: (isLater) => `<server> [--property <key>*]${isLater ? ' [--description]' : ''}`,
    run: unsetServer,
  },
  {
    words: 'server add fixed ip',
    kind: 'act',
    summary: 'Add fixed IP address to server',
    usage: '<server> <network> [--fixed-ip-address <ip-address>]',
    run: addFixedIp,
  },
]
