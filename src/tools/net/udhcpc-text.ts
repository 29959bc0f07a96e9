// udhcpc's words: 1.18 (CirrOS 0.3) wrote to its console in capitals, later versions name themselves and the server.

import type { Version } from '../../node/image.js'
import { atLeast } from '../../node/image.js'

export type UdhcpcEvent =
  | { readonly kind: 'started' }
  | { readonly kind: 'discover' }
  | { readonly kind: 'select'; readonly address: string; readonly server: string }
  | { readonly kind: 'lease'; readonly address: string; readonly server: string; readonly seconds: number }
  | { readonly kind: 'renew'; readonly server: string | null }
  | { readonly kind: 'nak' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'failing' }
  | { readonly kind: 'background' }
  | { readonly kind: 'release'; readonly address: string; readonly server: string }

export function udhcpcText(version: Version, event: UdhcpcEvent): string {
  return atLeast(version, '1.29') ? `udhcpc: ${modernText(version, event)}` : oldText(version, event)
}

function modernText(version: Version, event: UdhcpcEvent): string {
  // 1.29 still said "sending"; 1.33 says how.
  const isNew = atLeast(version, '1.33')
  switch (event.kind) {
    case 'started':
      return `started, v${version}`
    case 'discover':
      return `${isNew ? 'broadcasting' : 'sending'} discover`
    case 'select':
      return isNew ? `broadcasting select for ${event.address}, server ${event.server}` : `sending select for ${event.address}`
    case 'lease':
      return `lease of ${event.address} obtained${isNew ? ` from ${event.server}` : ''}, lease time ${event.seconds}`
    case 'renew':
      if (!isNew) return 'sending renew'
      return event.server === null ? 'broadcasting renew' : `sending renew to server ${event.server}`
    case 'nak':
      return 'received DHCP NAK'
    case 'lost':
      return 'lease lost, entering init state'
    case 'failing':
      return 'no lease, failing'
    case 'background':
      return 'no lease, forking to background'
    case 'release':
      return `unicasting a release of ${event.address} to ${event.server}`
  }
}

function oldText(version: Version, event: UdhcpcEvent): string {
  switch (event.kind) {
    case 'started':
      return `udhcpc (v${version}) started`
    case 'discover':
      return 'Sending discover...'
    case 'select':
      return `Sending select for ${event.address}...`
    case 'lease':
      return `Lease of ${event.address} obtained, lease time ${event.seconds}`
    case 'renew':
      return 'Sending renew...'
    case 'nak':
      return 'Received DHCP NAK'
    case 'lost':
      return 'Lease lost, entering init state'
    case 'failing':
      return 'No lease, failing'
    case 'background':
      return 'No lease, forking to background'
    case 'release':
      return `Unicasting a release of ${event.address} to ${event.server}`
  }
}
