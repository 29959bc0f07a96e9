// The metadata service's tree of its own, /openstack: one JSON file of all that there is to know (Folsom and later).
import { createHash } from 'node:crypto'
import type { NovaApi } from './api.js'
import type { Server } from './objects.js'

const ICEHOUSE = ['2012-08-10', '2013-04-04', '2013-10-17']
const STEIN = [...ICEHOUSE, '2015-10-15', '2016-06-30', '2016-10-06', '2017-02-22', '2018-08-27']

/** `parts` is the path behind /openstack; null when there is no such thing. */
export function openstackMetadata(server: Server, hostname: string, api: NovaApi, parts: readonly string[]): string | null {
  const isLater = api.release.maxMicroversion !== null
  const versions = [...(isLater ? STEIN : ICEHOUSE), 'latest']
  const [version, file, ...rest] = parts
  if (version === undefined) return versions.join('\n')
  if (!versions.includes(version) || rest.length > 0) return null
  if (file === undefined) return filesOf(server, isLater).join('\n')
  if (file === 'meta_data.json') return metaData(server, hostname, api, isLater)
  if (file === 'user_data') return server.userData
  if (file === 'password') return ''
  return file === 'vendor_data.json' ? '{}' : null
}

function filesOf(server: Server, isLater: boolean): string[] {
  const userData = server.userData === null ? [] : ['user_data']
  return isLater
    ? ['meta_data.json', ...userData, 'password', 'vendor_data.json']
    : ['vendor_data.json', 'meta_data.json', ...userData, 'password']
}

function metaData(server: Server, hostname: string, api: NovaApi, isLater: boolean): string {
  const key = api.keypairs.find(({ name }) => name === server.keyName)
  const rows: [string, unknown][] = [
    ['random_seed', seedOf(server)],
    ['uuid', server.id],
    ['availability_zone', 'nova'],
  ]
  if (key !== undefined) rows.push(['keys', [{ data: key.publicKey, type: 'ssh', name: key.name }]])
  rows.push(['hostname', hostname], ['launch_index', 0])
  if (isLater) rows.push(['devices', []])
  if (server.metadata.size > 0) rows.push(['meta', Object.fromEntries(server.metadata)])
  if (key !== undefined) rows.push(['public_keys', { [key.name]: key.publicKey }])
  if (isLater) rows.push(['project_id', api.projectId])
  rows.push(['name', server.name])
  return `{${rows.map(([name, value]) => `${JSON.stringify(name)}: ${spaced(value)}`).join(', ')}}`
}

/** JSON as Python writes it: a blank behind each comma and colon. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, one]) => `${JSON.stringify(name)}: ${spaced(one)}`)
    .join(', ')}}`
}

/** 512 bytes for the guest's entropy, the same each time as all of a lab is. */
function seedOf({ id }: Server): string {
  const parts = [...Array(8).keys()].map((i) => createHash('sha512').update(`${id}/${i}`).digest())
  return Buffer.concat(parts).toString('base64')
}
