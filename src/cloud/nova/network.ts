// What nova asks of whoever makes its networks: nova-network's own tables, or neutron.
import type { Ipv4Address } from '../../addr/ipv4.js'
import type { MacAddress } from '../../addr/mac.js'
import type { BootRequest } from './api.js'
import type { Server } from './objects.js'
import type { Json, Route } from './rest-route.js'

export interface ServerAddress {
  readonly network: string
  readonly address: Ipv4Address
  readonly mac: MacAddress
  readonly type: 'fixed' | 'floating'
}

export interface NovaNetwork {
  /** Checks groups and NICs of a boot and puts them on the new server. Throws ApiError. */
  accept(server: Server, request: BootRequest): void
  addresses(server: Server): readonly ServerAddress[]
  groupNames(server: Server): readonly string[]
  /** The extensions of the API that are about networks. */
  routes(): readonly Route[]
  /** `addFloatingIp`, `removeSecurityGroup` ...: false when this is none of its actions. */
  action(server: Server, action: string, words: Json): boolean
}
