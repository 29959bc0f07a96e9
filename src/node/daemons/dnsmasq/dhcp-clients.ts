// Who a DHCP client is to dnsmasq: the host entries that mean it, and the tags that its own options give it.
import type { DhcpMessage } from '../../../wire/dhcp.js'
import { DHO_CLIENT_IDENTIFIER, DHO_HOST_NAME } from '../../../wire/dhcp.js'
import type { DhcpHost, DhcpMatch } from './options.js'

/** Those by client id if there are any, else by MAC, else by name. */
export function matchingHosts(all: readonly DhcpHost[], message: DhcpMessage): readonly DhcpHost[] {
  const id = message.option(DHO_CLIENT_IDENTIFIER)
  const idText = id === null ? null : textOf(id)
  const byId = all.filter((host) => host.clientId !== null && (host.clientId === '*' || host.clientId === idText))
  if (byId.length > 0) return byId
  const byMac = all.filter((host) => host.mac === message.chaddr)
  if (byMac.length > 0) return byMac
  const name = message.text(DHO_HOST_NAME)
  return all.filter((host) => host.mac === null && host.clientId === null && host.name !== null && host.name.split('.')[0] === name)
}

export function matchedTags(matches: readonly DhcpMatch[], message: DhcpMessage): string[] {
  return matches.flatMap(({ tag, code, text }) => {
    const value = message.option(code)
    return value !== null && (text === null || textOf(value).includes(text)) ? [tag] : []
  })
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
