// The metadata service as a server sees it at 169.254.169.254: EC2's tree of small texts (Essex and later).
import { formatIpv4 } from '../../addr/ipv4.js'
import type { NovaApi } from './api.js'
import { hostnameOf } from './hostname.js'
import type { Server } from './objects.js'
import { ec2Id } from './objects.js'
import { openstackMetadata } from './openstack-metadata.js'

const VERSIONS = [
  '1.0',
  '2007-01-19',
  '2007-03-01',
  '2007-08-29',
  '2007-10-10',
  '2007-12-15',
  '2008-02-01',
  '2008-09-01',
  '2009-04-04',
  'latest',
]

/** A leaf's text, or the listing of a folder. */
type Tree = string | Map<string, Tree>

/** What the service answers to anybody at its root. */
export function metadataVersions(): string {
  return VERSIONS.join('\n')
}

/** Text of a `path` below the root, null when there is none (the service then answers 404). */
export function metadataFor(server: Server, domain: string, api: NovaApi, path: string): string | null {
  const parts = path.replace(/\?.*$/, '').split('/').filter(Boolean)
  if (parts[0] === 'openstack' && api.release.name !== 'essex')
    return openstackMetadata(server, `${hostnameOf(server)}.${domain}`, api, parts.slice(1))
  if (!VERSIONS.includes(parts[0]!)) return null
  let node: Tree | undefined = treeOf(server, domain, api)
  for (const part of parts.slice(1)) {
    if (typeof node === 'string' || node === undefined) return null
    node = node.get(part)
  }
  if (node === undefined) return null
  if (typeof node === 'string') return node
  return [...node].map(([name, child]) => (typeof child === 'string' ? name : keyLine(name))).join('\n')
}

/** Folders end in a slash; a public key is listed as `0=name`. */
function keyLine(name: string): string {
  return `${name}/`
}

function treeOf(server: Server, domain: string, api: NovaApi): Tree {
  const addresses = api.network.addresses(server)
  const fixed = addresses.find(({ type }) => type === 'fixed')
  const floating = addresses.find(({ type }) => type === 'floating')
  const hostname = `${hostnameOf(server)}.${domain}`
  const meta = new Map<string, Tree>([
    ['ami-id', `ami-${server.image.id.slice(0, 8)}`],
    ['ami-launch-index', '0'],
    ['ami-manifest-path', 'FIXME'],
    [
      'block-device-mapping',
      new Map([
        ['ami', 'vda'],
        ['root', '/dev/vda'],
      ]),
    ],
    ['hostname', hostname],
    ['instance-action', 'none'],
    ['instance-id', ec2Id(server)],
    ['instance-type', server.flavor.name],
    ['local-hostname', hostname],
    ['local-ipv4', fixed === undefined ? '' : formatIpv4(fixed.address)],
    ['placement', new Map([['availability-zone', 'nova']])],
    ['public-hostname', hostname],
    ['public-ipv4', floating === undefined ? '' : formatIpv4(floating.address)],
    ['reservation-id', `r-${server.id.slice(0, 8)}`],
    ['security-groups', api.network.groupNames(server).join('\n')],
  ])
  const key = api.keypairs.find(({ name }) => name === server.keyName)
  if (key !== undefined) meta.set('public-keys', new Map([['0', new Map([['openssh-key', key.publicKey]])]]))
  const root = new Map<string, Tree>([['meta-data', meta]])
  if (server.userData !== null) root.set('user-data', server.userData)
  return root
}
